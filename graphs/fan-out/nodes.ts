import { HumanMessage } from "@langchain/core/messages";
import { modelCall } from "../../src/models/call.ts";
import { citedIn, grounded, type NodeConfig, shownTo } from "../../src/nodes/index.ts";
import { decided, type Policy, parted } from "../../src/outcomes/outcome.ts";
import type { Perspective } from "./perspectives.ts";
import * as prompts from "./prompts.ts";
import type { State } from "./state.ts";

/** One perspective's opinion; it cites nothing that it was not shown. */
export async function opinionOf(perspective: Perspective, state: State, context: NodeConfig["context"]) {
  const shown = shownTo(perspective.name, state);
  const asked = new HumanMessage(prompts.consider(state.question, perspective, shown));
  const { message } = await modelCall({ role: perspective.name, messages: [asked] }, context);
  return grounded("opinion", message.text, shown);
}

/** Whether the opinions suffice, and the sources that they cite. */
export function gathered({ found }: State, opinions: State["opinions"], policy: Policy) {
  const { status, ...gap } = decided(opinions, policy);
  const said = parted(opinions).given.map(({ value }) => value);
  return { opinions, sources: citedIn(said, found), status, gap: "needed" in gap ? gap : null };
}
