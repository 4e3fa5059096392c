import { objectionsInWords } from "../../src/outcomes/verdict.ts";
import type { Report, Rework } from "./state.ts";

/**
 * What qa's verdict, the last of the reports, sends back to the others: to each who has reported, what was asked
 * with all objections to it. Who has not reported has nothing to mend; the supervisor sees those objections too.
 */
export function reworkAfter(reports: readonly Report[]): Rework[] {
  const check = reports.at(-1)?.check;
  if (!check || check.approved) return [];
  const authors = [...new Set(check.objections.map(({ to }) => to))];
  return authors.flatMap((author) => {
    const rejected = reports.findLast(({ from }) => from === author);
    if (!rejected) return [];
    const objections = check.objections.filter(({ to }) => to === author);
    const asked = rejected.instruction.split(`\n${REJECTED}`, 1);
    return [{ to: author, instruction: [...asked, REJECTED, objectionsInWords(objections)].join("\n") }];
  });
}

/** What stands before the objections in an instruction; a second rejection replaces the first. */
const REJECTED = "Your report on it was rejected. Mend this, and report the whole again:";
