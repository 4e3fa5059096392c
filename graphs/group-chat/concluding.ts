import { citedIn, type NodeConfig, nodesFor } from "../../src/nodes/index.ts";
import type { Ending } from "../../src/outcomes/termination.ts";
import { spokenIn } from "../../src/outcomes/turn.ts";
import * as prompts from "./prompts.ts";
import { GroupChatState, type State } from "./state.ts";
import { unsettledIn } from "./talking.ts";

const { synthesize } = nodesFor(GroupChatState);

/** Why the chat ended where nothing of its own ended it. */
const STOPPED: Ending = { reason: "stopped", text: "the person ended it" };

/** Writes the conclusion out of the transcript, and says why there is no more of it; it cites nothing that nobody cited. */
export async function conclusionOf(
  names: readonly string[],
  ending: Ending | undefined,
  state: State,
  config: NodeConfig,
): Promise<Pick<State, "conclusion" | "sources" | "ended">> {
  const ended = ending ?? STOPPED;
  const said = spokenIn(state.turns).map(({ value }) => value.text);
  const shown = citedIn(said, state.found);
  const write = synthesize({
    role: "moderator",
    prompt: ({ topic, turns }) =>
      prompts.conclude({ topic, turns, unsettled: unsettledIn(names, turns), ended, shown }),
    material: ({ turns }) => spokenIn(turns),
    without: () => `Nobody said anything: ${ended.text}.`,
    sources: () => shown,
    into: "conclusion",
  });
  const { conclusion } = await write(state, config);
  return { conclusion, sources: citedIn(conclusion, shown), ended };
}
