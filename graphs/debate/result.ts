import { joined, section, withSources } from "../../src/nodes/index.ts";
import { missingInWords, type Outcome, parted } from "../../src/outcomes/outcome.ts";
import { spokenIn, type Turn } from "../../src/outcomes/turn.ts";
import type { Decision, Speech, State } from "./state.ts";

/**
 * The decision with its reasons and its dissent, and the debate that led to it; or the debate so far. `finished` is a
 * speech that has ended in a node that has not.
 */
export function result(
  { decision, speeches = [], found = [], ended }: Partial<State>,
  finished: readonly Outcome<Speech>[] = [],
): string {
  const round = speeches.at(-1)?.round ?? 1;
  const turns: Turn<Speech>[] = [...speeches, ...finished.map((each) => ({ ...each, round }))];
  const { missing } = parted(turns);
  const text = joined(
    decision && decisionInWords(decision),
    ...spokenIn(turns).map(({ who, round, value }) =>
      section(`${who}, round ${round}`, joined(value.argument, changed(who, value))),
    ),
    decision && ended && `*The debate ended: ${ended.text}.*`,
    section("Without a speech", missingInWords(missing)),
  );
  return withSources(text, found);
}

const changed = (who: string, { holds }: Speech) => (holds === who ? "" : `*${who} now holds “${holds}”.*`);

const VERDICTS: Record<Decision["status"], (winner: string | null) => string> = {
  won: (winner) => `The judge decides for “${winner}”`,
  consensus: (winner) => `All speakers came to hold “${winner}”, and the judge confirms it`,
  draw: () => "The judge decides for neither side: a draw",
  undecided: () => "Nothing is decided",
};

function decisionInWords({ status, winner, reasons, dissent, confidence }: Decision): string {
  const sure = status === "undecided" ? "." : `, with a confidence of ${confidence}.`;
  const against = dissent.map(({ position, argument }) => `- For “${position}”: ${argument}`);
  const heading = status === "draw" ? "What speaks for each side" : "What speaks against it";
  return joined(
    `**${VERDICTS[status](winner)}${sure}**`,
    reasons.map((reason) => `- ${reason}`).join("\n"),
    section(heading, against.join("\n")),
  );
}
