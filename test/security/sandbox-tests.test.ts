import { describe, expect, test } from "vitest";
import type { SandboxOptions } from "../../src/security/sandbox-limits.ts";
import { runTests, TestRun } from "../../src/security/sandbox-tests.ts";

const SUM = "export const sum = (a, b) => a + b;";

/** Runs one test file against one file of code. */
const run = (text: string, code = SUM, options: SandboxOptions = {}) =>
  runTests(
    { files: [{ path: "src/sum.js", text: code }], tests: [{ path: "test/sum.test.js", text }] },
    options,
  );

/** What became of one test with this body. */
async function outcomeOf(body: string, code = SUM) {
  const { tests } = await run(
    `import * as code from "../src/sum.js";\ntest("it", async () => {\n${body}\n});`,
    code,
  );
  return tests[0];
}

describe("tests in the sandbox", () => {
  test("are run one after the other, with hooks, and named by their blocks", async () => {
    const text = `
      import { sum } from "../src/sum.js";
      const steps = [];
      beforeEach(() => steps.push("before"));
      describe("sum", () => {
        beforeEach(async () => { await null; steps.push("inner"); });
        afterEach(() => steps.push("after"));
        it("adds", () => { steps.push("adds"); expect(sum(1, 2)).toBe(3); });
        describe("of nothing", () => test("is 0", () => assert.equal(sum(0, 0), 0)));
      });
      test("last", async () => {
        await new Promise((done) => setTimeout(done, 60_000));
        expect(steps).toEqual(["before", "inner", "adds", "after", "before", "inner", "after", "before"]);
        console.log("printed");
      });`;
    const result = await run(text);
    expect(TestRun.parse(result)).toEqual({
      status: "passed",
      tests: ["sum › adds", "sum › of nothing › is 0", "last"].map((name) => ({ name, ok: true })),
      passed: 3,
      failed: 0,
      output: "printed\n",
      cut: false,
      ms: expect.any(Number),
    });
  });

  test("say why one failed: expected, received and the line", async () => {
    const text = `import { sum } from "../src/sum.js";
test("wrong", () => {
  expect(sum(1, 2)).toBe(4);
});
test("broken", () => sum.missing.call());
test("async", async () => {
  await null;
  throw new RangeError("too far");
});
test("says", () => assert(false, "that it is so"));`;
    const { status, tests, passed, failed } = await run(text);
    expect([status, passed, failed]).toEqual(["failed", 0, 4]);
    expect(tests.map(({ problem }) => problem)).toEqual([
      "expect(received).toBe\n  expected: 4\n  received: 3\n  at test/sum.test.js:3:25",
      expect.stringMatching(/^TypeError: .*\n {2}at test\/sum\.test\.js:5:\d+$/),
      "RangeError: too far\n  at test/sum.test.js:8:23",
      expect.stringMatching(/^that it is so\n {2}assert: false is not true\n {2}at test\/sum\.test\.js:10/),
    ]);
  });

  test("are not passed where there are none, or where a file cannot be loaded", async () => {
    expect(await run("const nothing = 1;")).toMatchObject({ status: "no_tests", tests: [], passed: 0 });
    const missing = await run('import { sum } from "../src/summ.js";\ntest("a", () => {});');
    expect(missing).toMatchObject({ status: "failed", passed: 0, failed: 1 });
    expect(missing.tests[0]).toMatchObject({ name: "test/sum.test.js", ok: false });
    expect(missing.tests[0]?.problem).toContain("There is no file src/summ.js");
    const foreign = await run('import { test } from "node:test";');
    expect(foreign.tests[0]?.problem).toContain("test, expect and assert are there without an import");
    const typed = await run('test("a", (): void => {});');
    expect(typed.tests[0]?.problem).toContain("leave out the types");
    expect(await runTests({ files: [], tests: [{ path: "../a.js", text: "" }] })).toMatchObject({
      status: "refused",
    });
  });

  test("that come to no end stop the run, and what did not run is not ok", async () => {
    const text = `test("first", () => {}); test("endless", () => { for (;;); }); test("third", () => {});`;
    expect(await run(text, SUM, { timeoutMs: 500 })).toMatchObject({
      status: "timed_out",
      tests: [
        { name: "first", ok: true },
        { name: "endless", ok: false, problem: "It did not end in time." },
        { name: "third", ok: false, problem: "It was not run." },
      ],
      passed: 1,
      failed: 2,
    });
    const full = await run(
      `test("full", () => { const all = []; for (;;) all.push({ a: {} }); }); test("next", () => {});`,
      SUM,
      { timeoutMs: 60_000 },
    );
    expect(full).toMatchObject({ status: "out_of_memory", passed: 0, failed: 2 });
  });

  test.each([
    ["new Promise(() => {})", "waits for a promise"],
    ["({ then() {} })", "waits for a promise"],
  ])("that return %s are not ok", async (value, problem) => {
    const { tests } = await run(`test("a", () => ${value});`);
    expect(tests).toEqual([{ name: "a", ok: false, problem: expect.stringContaining(problem) }]);
  });
});

describe("a failure cannot be undone", () => {
  const FAILING =
    "expect(code.sum(1, 2)).toBe(4); expect(code.sum(1, 2)).toEqual([4]); assert.equal(1, 2); assert(false);";

  test.each([
    ["the console", "console.log = console.error = () => {};"],
    ["what equality is made of", "Object.is = () => true; Object.keys = Reflect.ownKeys = () => [];"],
    [
      "Array's methods and iterator",
      "for (const name of Object.getOwnPropertyNames(Array.prototype)) try { Array.prototype[name] = () => []; } catch {}\nArray.prototype[Symbol.iterator] = function* () { yield 1; yield 1; };",
    ],
    [
      "Map's and Set's methods",
      "for (const kind of [Map, Set]) for (const name of Object.getOwnPropertyNames(kind.prototype)) try { kind.prototype[name] = () => true; } catch {}",
    ],
    [
      "promises",
      "Promise.prototype.then = function (done) { return done && done(); }; Promise.prototype.constructor = function () {}; Promise.resolve = () => ({});",
    ],
    [
      "errors",
      "globalThis.Error = function () {}; Error.prototype = {}; Error.prepareStackTrace = () => { throw 1; };",
    ],
    [
      "functions",
      "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => {}; Reflect.apply = () => true;",
    ],
    [
      "JSON and texts",
      "JSON.stringify = () => ''; String.prototype.slice = String.prototype.includes = () => { throw 1; }; Object.prototype.toJSON = () => 'passed';",
    ],
    [
      "nothing, but says that all passed",
      "console.log('1 passed, 0 failed'); console.log(JSON.stringify({ kind: 'tested', name: 'it' }));",
    ],
  ])("by code that replaces %s", async (_, tampering) => {
    const code = `${tampering}\nexport const sum = (a, b) => a + b;`;
    for (const body of FAILING.split("; ")) {
      expect(await outcomeOf(body, code)).toMatchObject({ ok: false, problem: expect.any(String) });
    }
    expect(await outcomeOf("throw new RangeError('x')", code)).toMatchObject({ ok: false });
  });

  test.each(["test", "it", "describe", "expect", "assert", "beforeEach"])(
    "by code that replaces %s, which cannot be",
    async (name) => {
      const text = `import "../src/sum.js";
        describe("all", () => {
          beforeEach(() => assert(false));
          it("hook", () => {});
        });
        test("expect", () => expect(1).toBe(2));
        test("assert", () => assert.equal(1, 2));`;
      for (const way of [
        `globalThis.${name} = () => {};`,
        `Object.defineProperty(globalThis, "${name}", { value: 1 });`,
        `Object.defineProperty(globalThis, "${name}", { get: () => () => {} });`,
        `(0, eval)("var ${name} = () => {};");`,
        `Object.defineProperty(${name}, "equal", { value: () => {} });`,
        `delete globalThis.${name};`,
        `${name}.x = 1;`,
      ]) {
        expect(await run(text, way)).toMatchObject({ status: "failed", passed: 0 });
      }
    },
  );

  test.each([
    ["is caught", "try { expect(1).toBe(2); } catch {}"],
    ["is caught by the code under test", "code.swallow(() => expect(1).toBe(2));"],
    ["is not awaited", "code.later().then((value) => expect(value).toBe(2));"],
    ["is not awaited, behind a timer", "setTimeout(() => { try { assert(false); } catch {} }, 1000);"],
    ["is replaced by another error", "try { assert.equal(1, 2); } finally { code.swallow(() => {}); }"],
  ])("where its assertion %s", async (_, body) => {
    const code =
      "export const swallow = (work) => { try { work(); } catch {} }; export const later = async () => 1;";
    expect(await outcomeOf(body, code)).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/expect|assert/),
    });
  });

  test("by very many of them", async () => {
    const outcome = await outcomeOf("for (let n = 0; n < 3_000; n++) try { expect(n).toBe(-1); } catch {}");
    expect(outcome).toMatchObject({ ok: false, problem: expect.stringContaining("received: 0") });
  });

  test("by a test inside a test", async () => {
    expect((await outcomeOf("test('inner', () => {});"))?.problem).toContain("while the file is loaded");
  });

  test("by an assertion that expects its error later", async () => {
    for (const expected of [
      "expect(() => { throw error; }).toThrow()",
      "assert.throws(() => { throw error; })",
      "await assert.rejects(async () => { throw error; })",
      "await expect(async () => { throw error; }).rejects.toThrow()",
    ]) {
      const outcome = await outcomeOf(`try { expect(1).toBe(2); } catch (error) { ${expected}; }`);
      expect(outcome).toMatchObject({ ok: false, problem: expect.stringContaining("toBe") });
    }
  });

  test.each([
    ["while it is loaded", 'test("forged", () => {});'],
    ["in a block", 'describe("forged", () => it("forged", () => {}));'],
    ["and catches", 'try { test("forged", () => {}); } catch {}'],
    ["from a promise", 'Promise.resolve("forged").then((name) => test(name, () => {})).catch(() => {});'],
    ["from a timer", 'setTimeout(() => test("forged", () => {}));'],
    [
      "by a function with the name of a test file",
      'const add = () => test("forged", () => {}); Object.defineProperty(add, "name", { value: "x (test/sum.test.js:1:1)\\n  at y (test/sum.test.js:1:1)" }); try { add(); } catch {}',
    ],
  ])("by code that adds a test %s", async (_, code) => {
    for (const load of ['import "../src/sum.js";', 'await import("../src/sum.js");']) {
      const { tests } = await run(`${load} test("real", () => assert(false));`, code);
      expect(tests.length).toBeGreaterThan(0);
      expect(tests.filter(({ name, ok }) => ok || name.includes("forged"))).toEqual([]);
    }
  });

  test("by a test file that lets code add its tests, which count", async () => {
    const table = "export const table = (n) => test(String(n), () => assert(n > 1));";
    const { passed, failed } = await run(
      'import { table } from "../src/sum.js"; [1, 2].forEach(table);',
      table,
    );
    expect([passed, failed]).toEqual([1, 1]);
  });

  test("by a describe that is async, whose tests would be lost", async () => {
    for (const body of ["await null; test('lost', () => assert(false));", "throw new Error('lost');"]) {
      const { status, tests } = await run(`test("other", () => {}); describe("a", async () => { ${body} });`);
      expect(status).toBe("failed");
      expect(tests.find(({ ok }) => !ok)?.problem).toContain("not async");
    }
  });

  test("but one that was expected counts for nothing", async () => {
    expect(await outcomeOf("expect(() => expect(1).toBe(2)).toThrow('toBe');")).toEqual({
      name: "it",
      ok: true,
    });
    expect(await outcomeOf("await assert.rejects(async () => assert(false));")).toEqual({
      name: "it",
      ok: true,
    });
  });
});

describe("the assertions", () => {
  test.each([
    "expect(NaN).toBe(NaN)",
    "expect(0).not.toBe(-0)",
    "expect({ a: [1, { b: 2 }], c: undefined }).toEqual({ a: [1, { b: 2 }] })",
    "expect({ a: undefined }).not.toStrictEqual({})",
    "expect(new (class A { x = 1; })()).not.toStrictEqual({ x: 1 })",
    "expect(new (class A { x = 1; })()).toEqual({ x: 1 })",
    "expect(new Map([[{ k: 1 }, [1]]])).toEqual(new Map([[{ k: 1 }, [1]]]))",
    "expect(new Map([['a', 1]])).not.toEqual(new Map([['a', 2]]))",
    "expect(new Set([{ a: 1 }, 2])).toEqual(new Set([2, { a: 1 }]))",
    "expect(new Set([1])).not.toEqual(new Set([2]))",
    "expect(new Date(1)).toEqual(new Date(1))",
    "expect(new Date(1)).not.toEqual(new Date(2))",
    "expect(/a/g).not.toEqual(/a/)",
    "expect(new Error('a')).not.toEqual(new Error('b'))",
    "expect([1, , 3]).not.toEqual([1, 2, 3])",
    "expect(new Uint8Array([1])).not.toEqual(new Uint8Array([2]))",
    "expect([]).not.toEqual({})",
    "const a = {}; a.a = a; const b = {}; b.a = b; expect(a).toEqual(b)",
    "expect({ a: { b: 1, c: 2 }, d: [{ e: 1, f: 2 }] }).toMatchObject({ a: { b: 1 }, d: [{ e: 1 }] })",
    "expect({ a: 1 }).not.toMatchObject({ a: 1, b: undefined })",
    "expect([1]).toBeTruthy(); expect('').toBeFalsy(); expect(null).toBeNull(); expect(undefined).toBeUndefined()",
    "expect(0).toBeDefined(); expect(NaN).toBeNaN(); expect(0.1 + 0.2).toBeCloseTo(0.3, 10)",
    "expect(1).not.toBeCloseTo(1.01)",
    "expect(2).toBeGreaterThan(1); expect(2).toBeGreaterThanOrEqual(2); expect(1n).toBeLessThan(2n); expect(1).toBeLessThanOrEqual(1)",
    "expect([1, 2]).toContain(2); expect('abc').toContain('b'); expect(new Set([1])).toContain(1); expect([{}]).not.toContain({})",
    "expect([{ a: 1 }]).toContainEqual({ a: 1 })",
    "expect('abc').toHaveLength(3); expect([]).not.toHaveLength(1)",
    "expect({ a: { b: 1 } }).toHaveProperty('a.b'); expect({ a: { b: 1 } }).toHaveProperty(['a', 'b'], 1); expect({}).not.toHaveProperty('a')",
    "expect('abc').toMatch(/b/g); expect('abc').toMatch('bc')",
    "expect(new RangeError()).toBeInstanceOf(Error); expect({}).not.toBeInstanceOf(Map)",
    "expect(() => { throw new RangeError('far') }).toThrow(RangeError); expect(() => {}).not.toThrow()",
    "expect(() => { throw new RangeError('far') }).toThrow(/^far$/); expect(() => { throw 'text' }).toThrow('ex')",
    "expect(() => { throw new RangeError('far') }).not.toThrow(TypeError)",
    "await expect(Promise.resolve(1)).resolves.toBe(1); await expect(Promise.reject(new Error('no'))).rejects.toThrow('no')",
    "await expect(Promise.reject(1)).rejects.toBe(1); await expect(async () => 1).resolves.not.toBe(2)",
    "assert.deepEqual({ a: [1] }, { a: [1] }); assert.notEqual(1, '1'); assert.notDeepEqual([1], [2]); assert.match('ab', /b/)",
    "assert.throws(() => { throw new TypeError('x') }, TypeError); assert.throws(() => null.x, /null/); assert.doesNotThrow(() => {})",
    "assert.throws(() => { throw new Error('x') }, (error) => error.message === 'x'); await assert.rejects(Promise.reject(new Error('x')), { message: 'x' })",
  ])("hold: %s", async (body) => {
    expect(await outcomeOf(body)).toEqual({ name: "it", ok: true });
  });

  test.each([
    "expect(1).toBe('1')",
    "expect({ a: 1 }).toEqual({ a: 1, b: 2 })",
    "expect([1, 2]).toEqual([2, 1])",
    "expect(1).not.toBe(1)",
    "expect(() => {}).toThrow()",
    "expect(() => { throw new Error('a') }).toThrow('b')",
    "expect(() => { throw new Error('a') }).toThrow(TypeError)",
    "expect(1).toThrow()",
    "expect('a').toBeGreaterThan(1)",
    "await expect(Promise.resolve(1)).rejects.toBe(1)",
    "await expect(Promise.reject(new Error('a'))).resolves.toBe(1)",
    "expect(Promise.reject(new Error('a'))).resolves.toBe(1)",
    "assert.throws(() => {})",
    "assert.throws(() => { throw new Error('x') }, TypeError)",
    "assert.doesNotThrow(() => { throw 1 })",
    "await assert.rejects(Promise.resolve(1))",
    "assert.fail('so it is')",
    "expect(1).toBeNice()",
  ])("fail: %s", async (body) => {
    expect(await outcomeOf(body)).toMatchObject({ ok: false, problem: expect.any(String) });
  });
});
