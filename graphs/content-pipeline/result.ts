import { joined, section, withSources } from "../../src/nodes/index.ts";
import { missingInWords, type Outcome, parted } from "../../src/outcomes/outcome.ts";
import { notesInWords } from "./prompts.ts";
import { lackingIn, materialOf, NOTHING_FOUND, type Reading, underOne } from "./researches.ts";
import type { State } from "./state.ts";

/** The article with its sources and what keeps it from being approved; or the draft, or the notes so far. */
export function result(state: Partial<State>, finished: readonly Outcome<Reading>[] = []): string {
  const { article = "", draft = "", sources = [], reviews = [], objections = [] } = state;
  const { found = [], researches = [] } = state.researches?.length ? state : underOne(finished);
  const { notes } = materialOf({ topic: "", found, researches });
  const text = article || draft || notesInWords(notes.flatMap((each) => each.notes));
  const raised = objections.map(({ by, problem, change }) => `- ${by}: ${problem} ${change}`);
  return joined(
    state.researches?.length && !text
      ? `Nothing was written: ${NOTHING_FOUND}.`
      : withSources(text, article ? sources : found),
    section("Open objections", raised.join("\n")),
    section("Reviews not given", missingInWords(parted(reviews).missing)),
    section("Researches without a result", lackingIn(researches)),
  );
}
