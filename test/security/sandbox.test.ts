import { describe, expect, test } from "vitest";
import { z } from "zod";
import { runInSandbox } from "../../src/security/sandbox.ts";
import type { SandboxOptions } from "../../src/security/sandbox-limits.ts";
import type { SandboxFile } from "../../src/security/sandbox-protocol.ts";

const run = (code: string, options: SandboxOptions & { files?: SandboxFile[] } = {}) =>
  runInSandbox({ code, files: options.files ?? [] }, options);

/** What an expression gives inside the sandbox. */
const exported = async (expression: string) => (await run(`export default ${expression};`)).value;

describe("code in the sandbox", () => {
  test("prints, and gives its default export as JSON", async () => {
    expect(await run("console.log('a', 1); export default { sum: 1 + 1, none: undefined };")).toEqual({
      status: "ok",
      output: "a 1\n",
      cut: false,
      value: { sum: 2 },
      ms: expect.any(Number),
    });
  });

  test("gives a value that is nested very deep as its text", async () => {
    const nested = (levels: number) =>
      run(`let deep = ["]"]; for (let n = 1; n < ${levels}; n++) deep = [deep]; export default deep;`);
    for (const levels of [201, 3_000]) {
      const { status, value } = await nested(levels);
      expect([status, value]).toEqual(["ok", "[[[[[[Object]]]]]]"]);
    }
    expect(JSON.stringify((await nested(200)).value)).toBe(`${"[".repeat(200)}"]"${"]".repeat(200)}`);
  });

  test("prints values in one form, without calling getters or following circles", async () => {
    const code = `
      class Point { constructor() { this.x = -0; } }
      const circle = { name: "a", list: [1, , null, 2n], get on() { throw new Error("called"); } };
      circle.self = circle;
      console.log(circle);
      console.warn(new Point(), new Map([["k", new Set([1])]]), new Date(0), /a+/g, Symbol("s"), function named() {});
      console.error(new RangeError("too far"), [new Error("inner")], Object.create(null), () => {});
      console.info([[[[[[["deep"]]]]]]], new Uint8Array(3), new Date(NaN));
      console.log(Array.from({ length: 120 }, (_, at) => at).length, { long: "x".repeat(80), b: 1 });
    `;
    const { output } = await run(code);
    expect(output).toBe(
      [
        '{ name: "a", list: [1, <empty>, null, 2n], on: [Getter], self: [Circular] }',
        'Point { x: -0 } Map { "k" => Set { 1 } } 1970-01-01T00:00:00.000Z /a+/g Symbol(s) [Function: named]',
        "RangeError: too far [[Error: inner]] {} [Function: (anonymous)]",
        "[[[[[[Object]]]]]] Uint8Array [0, 0, 0] Invalid Date",
        `120 {\n  long: "${"x".repeat(80)}",\n  b: 1\n}`,
        "",
      ].join("\n"),
    );
  });

  test("imports the given files by relative path: code, JSON and text", async () => {
    const files = [
      {
        path: "src/sum.js",
        text: 'import { one } from "../lib/one.mjs"; export const sum = (n) => n + one;',
      },
      { path: "lib/one.mjs", text: "export const one = 1;" },
      { path: "data/a.json", text: '{ "a": [1] }' },
      { path: "data/b.csv", text: 'x,y\n`1`,"2"' },
    ];
    const code = `
      import { sum } from "./src/sum.js";
      import a from "./data/a.json" with { type: "json" };
      const { default: b } = await import("./data/b.csv");
      export default [sum(1), a, b];`;
    expect((await run(code, { files })).value).toEqual([2, { a: [1] }, 'x,y\n`1`,"2"']);
    expect(await runInSandbox({ entry: "src/sum.js", files })).toMatchObject({ status: "ok" });
  });

  test("says where an error was thrown, in the lines of the given files alone", async () => {
    const files = [{ path: "lib/a.js", text: "export function broken(x) {\n  return x.y.z;\n}" }];
    const { status, error } = await run('import { broken } from "./lib/a.js";\nbroken({});', { files });
    expect(status).toBe("threw");
    expect(error?.name).toBe("TypeError");
    expect(error?.stack).toBe("  at broken (lib/a.js:2:13)\n  at <anonymous> (main.js:2:7)");
    expect((await run("throw { a: 1 };")).error).toEqual({
      name: "Uncaught",
      message: "{ a: 1 }",
      stack: "",
    });
    expect((await run("setTimeout(() => { throw new TypeError('late'); }, 5);")).error?.message).toBe("late");
    expect((await run("1;\nlet x = ;")).error).toMatchObject({
      name: "SyntaxError",
      stack: "  at main.js:2:9",
    });
  });

  test.each([
    "const x: number = 1;",
    "interface A { a: string }",
    "function f(a: string): void {}",
    "export const a = {} as const;",
    "type A = { a: 1 };",
  ])("says that it is run as JavaScript where TypeScript cannot be read: %s", async (code) => {
    const { error } = await run(code);
    expect(error).toMatchObject({ name: "SyntaxError" });
    expect(error?.message).toContain("leave out the types");
  });

  test("does not speak of TypeScript where JavaScript is wrong", async () => {
    expect((await run("const a = { b: 1;")).error?.message).not.toContain("types");
  });

  test("has timers on a clock that does not wait, and ends when nothing is left to do", async () => {
    const code = `
      const begun = Date.now();
      const beats = [];
      const beat = setInterval(() => { beats.push(beats.length); if (beats.length === 3) clearInterval(beat); }, 60_000);
      const never = setTimeout(() => beats.push("never"), 1);
      clearTimeout(never);
      await new Promise((done) => setTimeout(done, 3_600_000, "x"));
      setTimeout((word) => console.log(word, beats.join(), Date.now() - begun >= 3_600_000), 10, "last");`;
    expect((await run(code)).output).toBe("last 0,1,2 true\n");
  });

  test("says that a promise which nothing settles is waited for", async () => {
    expect(await run("console.log('before'); await new Promise(() => {});")).toMatchObject({
      status: "unsettled",
      output: "before\n",
    });
  });

  test("shares nothing with another run", async () => {
    await run("globalThis.left = 1; Object.prototype.left = 1; Array.prototype.push = undefined;");
    expect(await exported("[typeof left, typeof ({}).left, typeof [].push]")).toEqual([
      "undefined",
      "undefined",
      "function",
    ]);
  });

  test("refuses files and limits that cannot be, and runs nothing", async () => {
    const refused = async (files: SandboxFile[]) => {
      const { status, error } = await run("console.log(1)", { files });
      return [status, error?.message.slice(0, 60)];
    };
    const file = (path: string) => [{ path, text: "" }];
    for (const path of [
      "../a.js",
      "/etc/a.js",
      "a//b.js",
      "./a.js",
      "C:\\a.js",
      "sandbox:setup.js",
      "a/",
      "",
      "..",
    ]) {
      expect(await refused(file(path))).toEqual(["refused", expect.stringContaining("is not a path")]);
    }
    expect((await refused([...file("a.js"), ...file("a.js")]))[1]).toBe("a.js is given twice.");
    expect((await refused(file("main.js")))[1]).toBe("main.js is given twice.");
    expect((await refused([{ path: "a.txt", text: "x".repeat(2_000_001) }]))[1]).toContain("at most 2000000");
    expect(
      (await refused(Array.from({ length: 501 }, (_, at) => ({ path: `${at}`, text: "" }))))[1],
    ).toContain("500");
    expect(await runInSandbox({ entry: "b.js", files: file("a.js") })).toMatchObject({ status: "refused" });
    await expect(run("1", { memoryMb: 8 })).rejects.toThrow(
      "The sandbox's memoryMb is 8; give a whole number",
    );
    await expect(run("1", { timeoutMs: Number.NaN })).rejects.toThrow("timeoutMs");
  });
});

describe("the way out of the sandbox", () => {
  test.each([
    ["this.constructor.constructor('return process')()"],
    ["globalThis.constructor.constructor('return process')()"],
    ["(() => {}).constructor('return process')()"],
    ["new Function('return process.env')()"],
    ["eval('process')"],
    ["console.log.constructor('return process')()"],
    ["setTimeout.constructor('return require')()"],
    ["import.meta.require('fs')"],
    ["require('fs')"],
    ["fetch('http://127.0.0.1')"],
    ["WebAssembly.compile"],
    ["new SharedArrayBuffer(8)"],
    ["Atomics.wait(new Int32Array(8), 0, 0)"],
    ["new Worker('a.js')"],
    ["std.open('/etc/passwd')"],
    ["os.exec(['ls'])"],
  ])("is closed to %s", async (expression) => {
    const { status, error } = await run(`export default ${expression};`);
    expect(status).toBe("threw");
    expect(error?.name).toMatch(/^(?:Reference|Type)Error$/);
  });

  test.each([
    "fs",
    "node:fs",
    "node:worker_threads",
    "/etc/passwd",
    "file:///etc/passwd",
    "../../etc/passwd",
    "./none.js",
    "std",
    "os",
    "sandbox:setup.js",
    "./sandbox:setup.js",
    "http://127.0.0.1/a.js",
    "",
  ])("imports nothing but given files: %j", async (name) => {
    const [stated, dynamic] = await Promise.all([
      run(`import ${JSON.stringify(name)};`),
      run(`await import(${JSON.stringify(name)});`),
    ]);
    expect([stated.status, stated.error?.name]).toEqual(["threw", "ImportError"]);
    expect([dynamic.status, dynamic.error?.name]).toEqual(["threw", "ImportError"]);
  });

  test("knows only the language, the console and timers", async () => {
    const added = await exported(
      `Object.getOwnPropertyNames(globalThis).filter((name) => /^[a-z]/.test(name)).sort()`,
    );
    expect(added).toEqual(
      ["clearInterval", "clearTimeout", "console", "setInterval", "setTimeout"]
        .concat(["decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape", "eval"])
        .concat(["globalThis", "isFinite", "isNaN", "parseFloat", "parseInt"])
        .concat(["undefined", "unescape"])
        .sort(),
    );
  });

  test("hands out values without prototypes, getters or methods of its own", async () => {
    const code = `
      const value = JSON.parse('{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } }');
      Object.defineProperty(value, "read", { enumerable: true, get: () => "by the getter, inside" });
      value.toString = () => "x";
      value.then = (done) => done("thenable");
      export default [value, new Map([[1, 2]]), NaN];`;
    const { value } = await run(code);
    const [object, map, number] = z.array(z.unknown()).parse(value);
    expect(JSON.stringify(object)).toBe(
      '{"constructor":{"prototype":{"polluted":1}},"read":"by the getter, inside"}',
    );
    expect([map, number]).toEqual([{}, null]);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(await exported("10n")).toBe("10n");
    expect(await exported("{ toJSON() { throw new Error('no'); } }")).toBe("{ toJSON: [Function: toJSON] }");
  });

  test("survives errors and values that bite", async () => {
    const bites =
      "new Proxy({}, { get() { throw 1; }, ownKeys() { throw 2; }, getPrototypeOf() { throw 3; } })";
    expect(await run(`throw ${bites};`)).toMatchObject({ status: "threw" });
    expect(
      await run(
        `const e = new Error("x"); Object.defineProperty(e, "message", { get() { for (;;); } }); throw e;`,
      ),
    ).toMatchObject({ status: "threw", error: { name: "Error" } });
    expect(await run(`export default { toJSON() { for (;;); } };`)).toMatchObject({ status: "ok" });
    const huge = await run("export default 'x'.repeat(1e6);");
    expect([huge.status, huge.value, huge.cut]).toEqual(["ok", undefined, true]);
    expect((await run("throw new Error('x'.repeat(1e6));")).error?.message).toHaveLength(2_000);
  });
});
