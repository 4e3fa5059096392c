import { HumanMessage } from "@langchain/core/messages";
import { modelCall } from "../models/call.ts";
import type { NodeConfig } from "./fields.ts";

/** What every node that asks a model needs. */
export interface AskOptions<State, Field extends string> {
  /** Who answers; the run's `models`, or the environment, give the role its model. */
  role: string;
  /** Writes the prompt from the state. */
  prompt: (state: State) => string;
  /** The channel that takes the answer. */
  into: Field;
}

/** A node that writes a role's text answer to a channel. One model call. */
export function ask<State, Field extends string>({ role, prompt, into }: AskOptions<State, Field>) {
  return async (state: State, { context }: NodeConfig) => {
    const { message } = await modelCall({ role, messages: [new HumanMessage(prompt(state))] }, context);
    return { [into]: message.text } as Record<Field, string>;
  };
}
