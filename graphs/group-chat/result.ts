import { joined, section, withSources } from "../../src/nodes/index.ts";
import { missingInWords, type Outcome, parted } from "../../src/outcomes/outcome.ts";
import type { Ending } from "../../src/outcomes/termination.ts";
import { spokenIn, type Turn } from "../../src/outcomes/turn.ts";
import { Remark, type State } from "./state.ts";
import { roundsMade, unsettledIn } from "./talking.ts";

/** Whether an outcome is a turn's: the manager's choices are outcomes as well. */
const isRemark = (each: Outcome<unknown>): each is Outcome<Remark> =>
  each.status === "ok" && Remark.safeParse(each.value).success;

/**
 * The conclusion and the transcript that it was written out of; or the transcript so far. `finished` is a turn that has
 * ended in a node that has not.
 */
export function resultOf(
  names: readonly string[],
  { conclusion, turns = [], found = [], ended }: Partial<State>,
  finished: readonly Outcome<unknown>[] = [],
): string {
  const round = roundsMade(turns) + 1;
  const all: Turn<Remark>[] = [...turns, ...finished.filter(isRemark).map((each) => ({ ...each, round }))];
  const said = spokenIn(all).map(({ who, value }) => `### ${who}\n\n${value.text}`);
  const { missing } = parted(all);
  const text = joined(
    conclusion,
    conclusion && ended && `*${endInWords(ended, unsettledIn(names, all))}*`,
    section("The chat", joined(...said)),
    section("Without words", missingInWords(missing)),
  );
  return withSources(text, found);
}

const endInWords = ({ text }: Ending, unsettled: readonly string[]) =>
  `The chat ended: ${text}.${unsettled.length > 0 ? ` Not settled for: ${unsettled.join(", ")}.` : ""}`;
