import { joined, section, withSources } from "../../src/nodes/index.ts";
import { missingInWords, type Outcome, parted } from "../../src/outcomes/outcome.ts";
import type { Judged, State } from "./state.ts";

/** The answer with its sources and how it was chosen; without one the attempts so far, and what became of the others. */
export function result(
  { answer, selection, scores = [], attempts = [], found = [] }: Partial<State>,
  finished: readonly Outcome<string>[] = [],
): string {
  const { given, missing } = parted(attempts.length > 0 ? attempts : finished);
  const text = answer || joined(...given.map(({ who, value }) => section(who, value)));
  const how = joined(selection?.why, scores.map(lineOf).join("\n"), missingInWords(missing));
  return joined(withSources(text, found), section("Selection", how));
}

/** A candidate's scores, and the reasons for them, each once. */
function lineOf({ attempt, score, judgements }: Judged): string {
  const reasons = new Set(judgements.map(({ reason }) => reason.replace(/\s+/g, " ").trim()));
  return `- ${attempt}: ${score} of 10; ${[...reasons].join(" / ")}`;
}
