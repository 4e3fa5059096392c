import { ToolMessage } from "@langchain/core/messages";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { strictSchema } from "../../src/models/strict-schema.ts";
import { MATCHER_NAMES } from "../../src/security/sandbox/guest/expect.js";
import { CodeRun } from "../../src/security/sandbox.ts";
import { TestRun } from "../../src/security/sandbox-tests.ts";
import { traitsOf } from "../../src/tools/bounded.ts";
import { type CodeToolOptions, codeTools } from "../../src/tools/code.ts";

/** One of the tools. */
function toolOf(name: "run_code" | "run_tests", options?: CodeToolOptions) {
  const tool = codeTools(options).find((each) => each.name === name);
  if (!tool) throw new Error(`There is no tool ${name}.`);
  return tool;
}

/** What a call of a tool answers. */
async function answerOf(
  name: "run_code" | "run_tests",
  args: Record<string, unknown>,
  options?: CodeToolOptions,
) {
  const message: unknown = await toolOf(name, options).invoke({ type: "tool_call", id: "1", name, args });
  if (!ToolMessage.isInstance(message)) throw new Error("no tool message");
  return { text: message.text, artifact: message.artifact as unknown };
}

const SUM = { path: "src/sum.js", text: "export const sum = (a, b) => a + b;" };

describe("the tool run_code", () => {
  test("answers with the status, the default export and the output, and gives a CodeRun", async () => {
    const code =
      'import { sum } from "./src/sum.js";\nconsole.log("hello");\nexport default { sum: sum(1, 2) };';
    const { text, artifact } = await answerOf("run_code", { code, files: [SUM] });
    expect(text).toBe('The code ran to its end (status: ok).\n\nDefault export: {"sum":3}\n\nOutput:\nhello');
    expect(CodeRun.parse(artifact)).toMatchObject({ status: "ok", value: { sum: 3 } });
  });

  test("answers an error with its line, and does not throw", async () => {
    const { text } = await answerOf("run_code", { code: "const a = {};\na.b.c;", files: [] });
    expect(text).toMatch(
      /^The code threw an error \(status: threw\)\.\n\nTypeError: .*\n {2}at .*main\.js:2:\d+/,
    );
    expect(text).toContain("It printed nothing.");
    const typed = await answerOf("run_code", { code: "const a: string = 1;", files: [] });
    expect(typed.text).toContain("leave out the types");
  });

  test("says where its time, its memory or its output were at an end", async () => {
    const loop = await answerOf("run_code", { code: "for (;;);", files: [] }, { timeoutMs: 100 });
    expect(loop.text).toContain("did not end in time (status: timed_out");
    const full = await answerOf(
      "run_code",
      { code: "const a = []; for (;;) a.push({});", files: [] },
      { memoryMb: 24, timeoutMs: 60_000 },
    );
    expect(full.text).toContain("ran out of memory");
    const flood = await answerOf(
      "run_code",
      { code: "for (let n = 0; n < 100; n++) console.log(n);", files: [] },
      { maxOutput: 10 },
    );
    expect(flood.text).toContain("Output:\n0\n1\n2\n3\n4\n… cut: print less.");
  });

  test("finds the files that are there, and takes a call's own before them", async () => {
    const files = [SUM, { path: "data.json", text: "[1, 2]" }];
    const code =
      'import { sum } from "./src/sum.js"; import data from "./data.json"; export default sum(...data);';
    expect((await answerOf("run_code", { code, files: [] }, { files })).artifact).toMatchObject({ value: 3 });
    const own = [{ path: "src/sum.js", text: "export const sum = () => 'own';" }];
    expect((await answerOf("run_code", { code, files: own }, { files })).artifact).toMatchObject({
      value: "own",
    });
    expect(toolOf("run_code", { files }).description).toContain("src/sum.js, data.json");
  });

  test("is stopped by the signal of its run", async () => {
    const stop = new AbortController();
    const running = toolOf("run_code", { timeoutMs: 60_000 }).invoke(
      { code: "for (;;);", files: [] },
      { signal: stop.signal },
    );
    setTimeout(() => stop.abort(new Error("enough")), 200);
    await expect(running).rejects.toThrow("enough");
  });
});

describe("the tool run_tests", () => {
  const tests = [
    {
      path: "test/sum.test.js",
      text: 'import { sum } from "../src/sum.js";\ntest("adds", () => expect(sum(1, 2)).toBe(3));\ntest("adds more", () => expect(sum(1, 2)).toBe(4));',
    },
  ];

  test("answers for each test, failures first, and gives a TestRun", async () => {
    const { text, artifact } = await answerOf("run_tests", { files: [SUM], tests });
    expect(text).toBe(
      "1 passed, 1 failed (status: failed).\n\n" +
        "FAILED: adds more\n  expect(received).toBe\n  expected: 4\n  received: 3\n  at test/sum.test.js:3:47\n" +
        "ok: adds\n\nIt printed nothing.",
    );
    expect(TestRun.parse(artifact)).toMatchObject({ status: "failed", passed: 1, failed: 1 });
  });

  test("says that there is no test, and what stopped the run", async () => {
    const none = await answerOf("run_tests", { files: [SUM], tests: [{ path: "a.test.js", text: "1;" }] });
    expect(none.text).toMatch(/^There is no test: call test\(name, fn\).* \(status: no_tests/);
    const endless = [{ path: "a.test.js", text: 'test("a", () => { for (;;); });' }];
    const { text } = await answerOf("run_tests", { files: [SUM], tests: endless }, { timeoutMs: 100 });
    expect(text).toMatch(
      /^The code did not end in time\. 0 passed, 1 failed .*\n\nFAILED: a\n {2}It did not end in time\./,
    );
  });

  test("names every matcher in its description", () => {
    for (const name of MATCHER_NAMES) expect(toolOf("run_tests").description).toContain(name);
  });
});

describe("the tools for code", () => {
  test("only read, give evidence, and have schemas that strict endpoints take", () => {
    for (const tool of codeTools()) {
      expect(traitsOf(tool)).toMatchObject({ readOnly: true, evidence: true, acts: false });
      expect(strictSchema(z.instanceof(z.ZodObject).parse(tool.schema))).toMatchObject({
        additionalProperties: false,
      });
    }
  });

  test("refuse limits that cannot be when they are made", () => {
    expect(() => codeTools({ memoryMb: 1 })).toThrow("The sandbox's memoryMb is 1");
  });
});
