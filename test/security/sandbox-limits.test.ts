import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { runInSandbox } from "../../src/security/sandbox.ts";
import { inWorker } from "../../src/security/sandbox-worker.ts";

/** Long enough for code that ends by itself, whatever else the machine does. */
const AMPLE_MS = 30_000;

const run = (code: string, timeoutMs = 200) => runInSandbox({ code }, { timeoutMs });

const started: Worker[] = [];
process.on("worker", (worker) => started.push(worker));

/** How many of the threads that were started here have not ended; a thread that has ended has no id. */
const left = () => started.filter(({ threadId }) => threadId !== -1).length;

describe("time", () => {
  test.each([
    ["an endless loop", "for (;;);"],
    ["an endless loop that catches", "for (;;) { try { for (;;); } catch {} finally {} }"],
    ["an endless chain of promises", "for (;;) await null;"],
    ["an endless chain that nobody awaits", "const on = async () => { await 0; on(); }; on();"],
    ["timers without an end", "setInterval(() => {}, 0);"],
    ["a catastrophic pattern", "/^(a+)+$/.test('a'.repeat(40) + 'b');"],
    [
      "what the engine cannot interrupt",
      "let deep = []; for (let n = 0; n < 1e5; n++) deep = [deep]; JSON.stringify(deep);",
    ],
    ["an endless sort", "[1, 2, 3].sort(() => { for (;;); });"],
    [
      "a getter without an end that is printed",
      "console.log({ get a() { return 1; } }, { [Symbol.toStringTag]: 1 }); for (;;);",
    ],
  ])("ends %s", async (_, code) => {
    const { status } = await run(code);
    expect(status).toBe("timed_out");
  });

  test("leaves the event loop to others while code loops, and keeps what was printed before", async () => {
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 10);
    const { status, output } = await run("console.log('begun'); for (;;);", 1_000);
    clearInterval(ticking);
    expect([status, output]).toEqual(["timed_out", "begun\n"]);
    expect(turns).toBeGreaterThan(10);
  });

  test("an abort ends a run in the middle, and leaves no thread", async () => {
    const stop = new AbortController();
    const running = runInSandbox({ code: "for (;;);" }, { timeoutMs: 60_000, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 200);
    await expect(running).rejects.toThrow("enough");
    await expect(runInSandbox({ code: "1" }, { signal: stop.signal })).rejects.toThrow("enough");
    expect([started.length > 0, left()]).toEqual([true, 0]);
  });

  test("few run at once; what waits loses none of its time, and an abort takes it out of the queue", async () => {
    const most = Math.max(availableParallelism(), 2);
    const stop = new AbortController();
    const runs = Array.from({ length: most * 3 }, () => run("for (;;);"));
    const waiting = runInSandbox({ code: "for (;;);" }, { timeoutMs: 60_000, signal: stop.signal });
    const last = run("export default 'last';", AMPLE_MS);
    let peak = 0;
    const counting = setInterval(() => {
      peak = Math.max(peak, left());
    }, 5);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    const statuses = (await Promise.all(runs)).map(({ status }) => status);
    expect([...new Set(statuses)]).toEqual(["timed_out"]);
    expect((await last).value).toBe("last");
    clearInterval(counting);
    expect(peak).toBe(most);
  });

  test("eight runs at once end each in its own way", async () => {
    const codes = Array.from({ length: 8 }, (_, at) => (at % 2 ? "for (;;);" : `export default ${at};`));
    const runs = await Promise.all(codes.map((code, at) => run(code, at % 2 ? 200 : AMPLE_MS)));
    expect(runs.map(({ status, value }) => value ?? status)).toEqual([
      0,
      "timed_out",
      2,
      "timed_out",
      4,
      "timed_out",
      6,
      "timed_out",
    ]);
    expect([started.length > 0, left()]).toEqual([true, 0]);
  });
});

describe("memory", () => {
  test.each([
    ["an array that doubles", "let a = [1]; for (;;) a = a.concat(a);"],
    ["an array that is kept and grows", "globalThis.all = []; for (;;) all.push(new Array(1000).fill(0));"],
    ["a long array", "new Array(1e9).fill(1);"],
    ["a buffer", "new ArrayBuffer(2 ** 30);"],
    ["a string that is repeated", "'x'.repeat(2 ** 29);"],
    ["a list", "let list = {}; for (;;) list = { list };"],
    ["functions", "globalThis.all = []; for (;;) all.push(() => all);"],
    [
      "a catch that goes on",
      "globalThis.all = []; for (;;) try { for (;;) all.push({ a: {} }); } finally { all.push({}); }",
    ],
    ["objects", "const all = []; for (;;) all.push({ a: {} });"],
    ["promises", "const all = []; for (;;) all.push(new Promise(() => {}));"],
  ])("ends %s", async (_, code) => {
    const { status, error } = await run(code, AMPLE_MS);
    expect([status, error?.message]).toEqual(["out_of_memory", "out of memory"]);
  });

  test.each([
    ["a string that doubles", "let s = 'x'; for (;;) s += s;"],
    ["deep recursion", "const deep = (n) => 1 + deep(n + 1); deep(0);"],
    [
      "deep recursion of natives",
      "let deep = []; for (let n = 0; n < 1e5; n++) deep = [deep]; String(deep);",
    ],
    ["deep text of JSON", "JSON.parse('['.repeat(1e6));"],
    ["deep code", "eval('('.repeat(1e6));"],
  ])("makes an error of %s, which code can catch", async (_, code) => {
    const { status, error } = await run(code, AMPLE_MS);
    expect(status).toBe("threw");
    expect(error?.message).toMatch(/too long|overflow|too much recursion/);
    expect((await run(`try { ${code} } catch { console.log('caught'); }`, AMPLE_MS)).output).toBe("caught\n");
  });

  test("the host's stays bounded", async () => {
    await run("1");
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 5; round += 1)
      await run("const all = []; for (;;) all.push(new Array(1000));", AMPLE_MS);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });
});

describe("output", () => {
  test("is cut at its limit, in one line and in many", async () => {
    const flood = await runInSandbox(
      { code: "for (let n = 0; n < 1e5; n++) console.log(n);" },
      { maxOutput: 50, timeoutMs: 60_000 },
    );
    expect([flood.output.length, flood.cut, flood.status]).toEqual([50, true, "ok"]);
    const line = await runInSandbox(
      { code: "console.log('x'.repeat(1e7)); console.log({ a: 'y'.repeat(1e7) });" },
      { maxOutput: 50 },
    );
    expect([line.output, line.cut]).toEqual(["x".repeat(50), true]);
    const exact = await runInSandbox({ code: "console.log('1234');" }, { maxOutput: 5 });
    expect([exact.output, exact.cut]).toEqual(["1234\n", false]);
  });

  test("of an endless flood does not fill the host", async () => {
    const { status, output, cut } = await run(
      "for (;;) console.log('x'.repeat(1000), { a: [1, 2, 3] });",
      1_000,
    );
    expect([status, output.length, cut]).toEqual(["timed_out", 20_000, true]);
  });
});

describe("a worker that dies", () => {
  const script = (text: string) => new URL(`data:text/javascript,${encodeURIComponent(text)}`);
  const job = { kind: "code" as const, files: [], entries: [], timeoutMs: 100, memoryMb: 64, maxOutput: 100 };
  const hear = () => {};

  test("is an outcome, with its reason", async () => {
    expect(await inWorker(job, { hear, script: script("process.exit(3)") })).toMatchObject({
      how: "died",
      reason: "it ended with the code 3",
    });
    expect(await inWorker(job, { hear, script: script("throw new Error('broken')") })).toMatchObject({
      how: "died",
      reason: "broken",
      full: false,
    });
    const fat = "const all = []; for (;;) all.push(new Array(1000).fill({}));";
    expect(await inWorker(job, { hear, script: script(fat) })).toMatchObject({ how: "died", full: true });
  });

  test("is killed where it does not end after its time", async () => {
    const stuck = `import { parentPort } from "node:worker_threads"; parentPort.postMessage({ kind: "ready" }); for (;;);`;
    expect(await inWorker(job, { hear, script: script(stuck) })).toMatchObject({ how: "killed" });
    expect([started.length > 0, left()]).toEqual([true, 0]);
  });
});
