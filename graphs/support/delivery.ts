import { getConfig, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { effect } from "../../src/resilience/effect.ts";

/** What a customer is sent. */
export interface Message {
  /** The thread of the inquiry: by it the caller knows the customer. */
  to: string;
  /** The resolution in Markdown, with its sources. */
  text: string;
  /** The same whenever this message is sent again, so that the channel can tell. */
  idempotencyKey: string;
}

/** Sends a message to a customer, and gives what the channel says of it: JSON. */
export type Deliver = (message: Message, signal: AbortSignal) => Promise<unknown>;

/**
 * A part of a node that sends a text to the customer of a thread, once for each inquiry; without `deliver`
 * the run's output is all that the customer gets, and the receipt is null.
 */
export const sending =
  (deliver: Deliver | undefined) =>
  async (inquiry: number, text: string): Promise<unknown> => {
    if (!deliver) return null;
    const { configurable }: LangGraphRunnableConfig = getConfig();
    const to = String(configurable?.["thread_id"]);
    return effect(`deliver ${inquiry}`, ({ idempotencyKey, signal }) =>
      deliver({ to, text, idempotencyKey }, signal),
    );
  };
