import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { hashOf } from "../resilience/durable-call.ts";
import { CODE_FILE, type CodeRun, runInSandbox } from "../security/sandbox.ts";
import { limitsOf, type SandboxOptions } from "../security/sandbox-limits.ts";
import type { SandboxFile } from "../security/sandbox-protocol.ts";
import { runTests, type TestRun } from "../security/sandbox-tests.ts";
import { boundedTool } from "./bounded.ts";

/** What the tools for code may use, and what is there to import. */
export interface CodeToolOptions extends Omit<SandboxOptions, "signal"> {
  /** Files that every run can import; what a call gives under the same path takes their place. */
  files?: readonly SandboxFile[] | undefined;
}

/** What a call may take beside the time of its code: a thread is started. */
const AROUND_MS = 40_000;
/** What an answer says beside the output. */
const AROUND_CHARS = 20_000;

const CodeFile = z.object({
  path: z.string().min(1).describe('Its relative path, such as "src/sum.js".'),
  text: z.string().describe("All of its text."),
});

const Code = z.object({
  code: z.string().min(1).describe("The JavaScript to run: one ES module, with top-level await."),
  files: z.array(CodeFile).describe('Files that the code imports, such as "./src/sum.js"; empty for none.'),
});

const TestedFiles = z.object({
  files: z.array(CodeFile).min(1).describe("The code to test."),
  tests: z
    .array(CodeFile)
    .min(1)
    .describe('The files that test it, such as "test/sum.test.js", which import it: "../src/sum.js".'),
});

/**
 * The tools `run_code` and `run_tests`: JavaScript in a sandbox without network, files and modules of Node.
 *
 * Their artifacts are a `CodeRun` and a `TestRun`.
 */
export function codeTools(options: CodeToolOptions = {}): StructuredToolInterface[] {
  const { files = [], ...limits } = options;
  const { timeoutMs, maxOutput } = limitsOf(limits);
  const bounds = {
    timeoutMs: timeoutMs + AROUND_MS,
    maxChars: maxOutput * 2 + AROUND_CHARS,
    readOnly: true,
    evidence: true,
    cacheKey: hashOf(files, limitsOf(limits)),
  };
  const there = `${sandboxInWords(limits)}${givenInWords(files)}`;
  return [
    boundedTool(
      { name: "run_code", description: `${RUN_CODE} ${there}`, schema: Code, ...bounds },
      async ({ code, files: own }, { signal }) => {
        const run = await runInSandbox({ code, files: merged(files, own) }, { ...limits, signal });
        return { content: codeAnswer(run), artifact: run };
      },
    ),
    boundedTool(
      { name: "run_tests", description: `${RUN_TESTS} ${there}`, schema: TestedFiles, ...bounds },
      async ({ files: own, tests }, { signal }) => {
        const given = merged(files, [...own, ...tests]).filter((file) => !tests.includes(file));
        const run = await runTests({ files: given, tests }, { ...limits, signal });
        return { content: testAnswer(run), artifact: run };
      },
    ),
  ];
}

const RUN_CODE =
  "Runs JavaScript and answers with what it printed, its default export (write `export default value`) and its error with the line. " +
  "Await what is asynchronous: what a promise throws that nobody awaits is lost. To check code against tests call run_tests.";

const RUN_TESTS =
  "Runs test files against code, and answers for each test whether it passed and why not. " +
  "In the test files these are there without an import: test (or it), describe, beforeEach, afterEach, " +
  "expect(value) with not, resolves, rejects and toBe, toEqual, toStrictEqual, toMatchObject, toBeTruthy, toBeFalsy, " +
  "toBeNull, toBeUndefined, toBeDefined, toBeNaN, toBeCloseTo, toBeGreaterThan, toBeGreaterThanOrEqual, toBeLessThan, " +
  "toBeLessThanOrEqual, toContain, toContainEqual, toHaveLength, toHaveProperty, toMatch, toBeInstanceOf, toThrow, " +
  "and assert(condition, message) with equal, deepEqual, notEqual, notDeepEqual, throws, doesNotThrow, rejects, match, fail " +
  "(all strict). There are no mocks. An assertion that fails fails its test even where it is caught. " +
  "Await what is asynchronous: an error of the code in a promise that nobody awaits fails no test. A describe is not async.";

function sandboxInWords(limits: Omit<SandboxOptions, "signal">): string {
  const { timeoutMs, memoryMb, maxOutput } = limitsOf(limits);
  return (
    "It is JavaScript, not TypeScript: ES2023 modules that import only the files given, by relative path and whole name; " +
    "a .json file gives its value, any other text file its text as the default export. " +
    "There are console and timers, which do not really wait. There is no network, no file system, no process, no require, no npm or Node module, " +
    "no DOM, no fetch, URL, TextEncoder, structuredClone or Intl. " +
    `Limits: ${timeoutMs / 1000} s, ${memoryMb} MB, ${maxOutput} characters of output.`
  );
}

const MAX_NAMED = 50;

function givenInWords(files: readonly SandboxFile[]): string {
  if (files.length === 0) return "";
  const names = files.slice(0, MAX_NAMED).map(({ path }) => path);
  const more = files.length > MAX_NAMED ? ` and ${files.length - MAX_NAMED} more` : "";
  return ` These files are there already: ${names.join(", ")}${more}; a file that you give under the same path takes its place.`;
}

/** The files that are there and those of a call, of which the latter count. */
const merged = (there: readonly SandboxFile[], own: readonly SandboxFile[]) => [
  ...there.filter(({ path }) => path !== CODE_FILE && !own.some((each) => each.path === path)),
  ...own,
];

const STATUS: Record<CodeRun["status"], string> = {
  ok: "The code ran to its end",
  threw: "The code threw an error",
  unsettled: "The code waits for a promise that nothing settles",
  timed_out: "The code did not end in time",
  out_of_memory: "The code ran out of memory",
  refused: "Nothing was run",
  crashed: "The sandbox died of this code",
};

function codeAnswer({ status, error, value, output, cut }: CodeRun): string {
  return sections(
    `${STATUS[status]} (status: ${status}).`,
    error && errorInWords(error),
    value !== undefined && `Default export: ${JSON.stringify(value)}`,
    printed(output, cut),
  );
}

function testAnswer({ status, tests, passed, failed, error, output, cut }: TestRun): string {
  const counts = `${passed} passed, ${failed} failed`;
  const failures = tests.filter(({ ok }) => !ok).map(({ name, problem }) => `FAILED: ${name}\n  ${problem}`);
  const lines = [...failures, ...tests.filter(({ ok }) => ok).map(({ name }) => `ok: ${name}`)];
  const stopped = status in STATUS ? `${STATUS[status as CodeRun["status"]]}. ` : "";
  const none = "There is no test: call test(name, fn) in a test file.";
  return sections(
    `${stopped}${status === "no_tests" ? none : counts} (status: ${status}).`,
    error && errorInWords(error),
    lines.join("\n"),
    printed(output, cut),
  );
}

const sections = (...parts: (string | false | undefined)[]) => parts.filter(Boolean).join("\n\n");

const errorInWords = ({ name, message, stack }: NonNullable<CodeRun["error"]>) =>
  `${name}: ${message}${stack ? `\n${stack}` : ""}`;

const printed = (output: string, cut: boolean) =>
  `${output ? `Output:\n${output.trimEnd()}` : "It printed nothing."}${cut ? "\n… cut: print less." : ""}`;
