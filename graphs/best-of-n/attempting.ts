import { HumanMessage } from "@langchain/core/messages";
import { modelCall } from "../../src/models/call.ts";
import { grounded, type NodeConfig } from "../../src/nodes/index.ts";
import * as prompts from "./prompts.ts";
import type { State } from "./state.ts";
import type { Attempt } from "./variants.ts";

/** What an attempt makes of the task; it cites nothing that it was not shown, and an empty one is none. */
export async function made(attempt: Attempt, state: State, context: NodeConfig["context"]): Promise<string> {
  const { name: role, temperature, model } = attempt;
  const messages = [new HumanMessage(prompts.attempt(state, attempt))];
  const models = model === undefined ? undefined : [model];
  const { message } = await modelCall({ role, models, temperature, messages }, context);
  return grounded("attempt", message.text, state.found).trim();
}
