import { z } from "zod";
import { jobEnd, SandboxError, SandboxFault } from "./sandbox.ts";
import type { SandboxOptions } from "./sandbox-limits.ts";
import type { SandboxFile, SandboxMessage } from "./sandbox-protocol.ts";

/** What one test gave. */
export const TestOutcome = z.strictObject({
  name: z.string().describe("Its name, behind those of the describe blocks that it is in."),
  ok: z.boolean(),
  problem: z.string().optional().describe("Why it failed, with the values and the line."),
});
export type TestOutcome = z.infer<typeof TestOutcome>;

/** What running tests in the sandbox gave. */
export const TestRun = z.strictObject({
  status: z
    .enum(["passed", "failed", "no_tests", ...SandboxFault.options])
    .describe("passed: there are tests, and all are ok. Every other status means that they are not."),
  tests: z.array(TestOutcome),
  passed: z.number().int(),
  failed: z.number().int(),
  output: z.string().describe("What the code and the tests printed."),
  cut: z.boolean().describe("Whether the output was longer than allowed, and is not whole."),
  error: SandboxError.optional(),
  ms: z.number().describe("How long code and tests ran."),
});
export type TestRun = z.infer<typeof TestRun>;

/** Code and the files that test it; both import each other by relative path. */
export interface TestedCode {
  files: readonly SandboxFile[];
  tests: readonly SandboxFile[];
}

/**
 * Runs test files in the sandbox, each test after the other. In them `test` (or `it`), `describe`, `beforeEach`,
 * `afterEach`, `expect` and `assert` are globals that no code can replace.
 *
 * Tests are recorded and judged outside: only what a test file runs can add a test, and no code can undo a failure.
 * An assertion that failed fails its test even where something caught it, unless it failed within the function that
 * `toThrow`, `throws` or `rejects` was given. A test that did not run is not ok. A promise that rejects while nobody
 * awaits it fails no test, unless it rejects because of an assertion.
 *
 * @throws UsageError for limits that cannot be kept, and the signal's reason
 */
export async function runTests({ files, tests }: TestedCode, options: SandboxOptions = {}): Promise<TestRun> {
  const record = recording();
  const entries = tests.map(({ path }) => path);
  const job = { kind: "tests" as const, files: [...files, ...tests], entries };
  const { end, thrown, output, cut, ms } = await jobEnd(job, options, undefined, record.hear);
  const outcomes = record.outcomes(end === "timed_out" ? "It did not end in time." : "It stopped the run.");
  const passed = outcomes.filter(({ ok }) => ok).length;
  const failed = outcomes.length - passed;
  const judged = outcomes.length === 0 ? "no_tests" : failed > 0 ? "failed" : "passed";
  return {
    status: end === "ok" ? judged : end,
    tests: outcomes,
    passed,
    failed,
    output,
    cut,
    ...(thrown && { error: thrown }),
    ms,
  };
}

/** What is heard of tests while they run, so that it is known of each whatever ends the run. */
function recording() {
  const waiting: string[] = [];
  const done: TestOutcome[] = [];
  let running: string | undefined;
  const hear = (message: SandboxMessage) => {
    if (message.kind === "registered") waiting.push(message.name);
    if (message.kind === "begun") {
      running = message.name;
      waiting.shift();
    }
    if (message.kind !== "tested") return;
    const { name, problem } = message;
    done.push(problem === undefined ? { name, ok: true } : { name, ok: false, problem });
    running = undefined;
  };
  const outcomes = (stopped: string): TestOutcome[] => [
    ...done,
    ...(running === undefined ? [] : [{ name: running, ok: false, problem: stopped }]),
    ...waiting.map((name) => ({ name, ok: false, problem: "It was not run." })),
  ];
  return { hear, outcomes };
}
