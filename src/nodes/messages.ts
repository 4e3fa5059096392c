import { getConfig, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { notify } from "../events/notices.ts";
import { durably, hashOf } from "../resilience/durable-call.ts";
import type { Mailbox } from "../state/mailboxes.ts";
import type { AgentMessage, Draft } from "../state/messages.ts";
import { sendAll } from "../state/sending.ts";

/** The name of the LangGraph task that gives messages their time. */
export const MESSAGE_TASK = "message";

/** When nothing is sent yet, and only tried. */
const NO_TIME = new Date(0).toISOString();

/**
 * Sends messages in a node, one after the other, and tells of each: the node writes what it gives to its channel of
 * mailboxes. The time is taken once and checkpointed, and all else follows from state, so that a node that runs
 * again sends the same messages, under the same ids. What was sent or read before in the same node is not in the
 * state yet: give `withPostings(mailbox, …)` then.
 *
 * @throws MessageError saying by its `code` why one of them cannot be sent; then none is
 */
export async function sendMessages(mailbox: Mailbox, drafts: readonly Draft[]): Promise<AgentMessage[]> {
  const config: LangGraphRunnableConfig = getConfig();
  const origin = String(config.configurable?.["checkpoint_ns"] ?? "");
  const at = (time: string) => sendAll(mailbox, drafts, { time, origin });
  const tried = at(NO_TIME).map(({ id }) => id);
  const time = await durably(MESSAGE_TASK, hashOf(tried), async () => {
    const now = new Date().toISOString();
    for (const message of at(now)) notify({ type: "message", message });
    return now;
  });
  return at(time);
}

/** Sends one message; see `sendMessages`. */
export async function sendMessage(mailbox: Mailbox, draft: Draft): Promise<AgentMessage> {
  const [message] = await sendMessages(mailbox, [draft]);
  if (!message) throw new RangeError("One draft has become no message.");
  return message;
}
