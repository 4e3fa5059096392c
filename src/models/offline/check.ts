import type { Block } from "../prompt.ts";

export interface Check {
  approved: boolean;
  objections: { to: string; problem: string; change: string }[];
}

/** What a test run's evidence says where a test failed. */
const FAILED = /\b([1-9]\d*) failed\b/;

/**
 * A verdict on reports by their evidence alone: a report is rejected whose last test run had a failure. What no
 * tool showed is left to whoever reads the report.
 */
export function check(evidence: readonly Block[], authors: readonly string[]): Check {
  const runs = evidence.filter(({ attributes }) => TEST_RUN.test(attributes["from"] ?? ""));
  const last = new Map(runs.map(({ attributes, text }) => [authorOf(attributes["from"]), text]));
  const objections = authors.flatMap((to) => {
    const failed = FAILED.exec(last.get(to) ?? "")?.[1];
    if (!failed) return [];
    const problem = `${failed} of the tests failed when they were run last.`;
    return [{ to, problem, change: "Repair the code until all its tests pass." }];
  });
  return { approved: objections.length === 0, objections };
}

/** Evidence is named by whose it is and by the tool: `code, by run_tests`. */
const TEST_RUN = /, by run_tests$/;
const authorOf = (from = "") => from.split(",")[0] ?? "";
