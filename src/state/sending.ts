import { createHash } from "node:crypto";
import { MessageError } from "../errors.ts";
import {
  checkMember,
  isAnswer,
  type Mailbox,
  type Posting,
  posted,
  type Receipt,
  recipientsOf,
  sentBy,
} from "./mailboxes.ts";
import { AgentMessage, type Draft, EVERYONE } from "./messages.ts";
import { misfitOf } from "./misfit.ts";

/** Where and when a message is sent. */
export interface Posted {
  /** ISO 8601; a message that is checkpointed takes it from there on a resume. */
  time: string;
  /** The node, or the branch in it, that sends: of one superstep each its own, and on a resume the same. */
  origin: string;
}

/**
 * The message that a draft becomes. Its id is a hash of what it says, of how many messages its sender had sent
 * and of where it is sent, so that parallel branches never give the same id to two messages, and a node that runs
 * again gives the same one. Its time is later than that of all messages in the mailbox, whatever the clocks say.
 *
 * A mailbox is full by what its state shows: branches of one superstep do not see each other's messages, and may
 * together fill it beyond its capacity rather than lose one.
 *
 * @throws MessageError saying by its `code` why it cannot be sent
 */
export function send(mailbox: Mailbox, draft: Draft, { time, origin }: Posted): AgentMessage {
  const { from, to, taskId, type, content, inReplyTo } = draft;
  const count = sentBy(mailbox, from);
  const id = idOf(origin, count, from, to, taskId, type, content, inReplyTo ?? null, draft.metadata ?? null);
  const parsed = AgentMessage.safeParse({ ...draft, id, time: laterThan(mailbox, time) });
  if (!parsed.success) {
    throw new MessageError("BAD_MESSAGE", `The message cannot be sent: ${misfitOf(parsed.error)}`);
  }
  checkMember(mailbox, from, "UNKNOWN_SENDER");
  checkRoom(mailbox, parsed.data);
  checkReply(mailbox, parsed.data);
  return parsed.data;
}

/** The messages that drafts become, one after the other: each is sent with the ones before it in the mailbox. */
export function sendAll(mailbox: Mailbox, drafts: readonly Draft[], at: Posted): AgentMessage[] {
  const sent: AgentMessage[] = [];
  let now = mailbox;
  for (const draft of drafts) {
    const message = send(now, draft, at);
    now = withPostings(now, message);
    sent.push(message);
  }
  return sent;
}

/** A mailbox as it will be when what a node is about to write has come: for what that node sends after it. */
export const withPostings = (mailbox: Mailbox, postings: Posting | readonly Posting[]): Mailbox =>
  posted(mailbox, postings, Number.POSITIVE_INFINITY);

/** The messages that a member has yet to read, oldest first. */
export const inboxOf = (mailbox: Mailbox, member: string): AgentMessage[] =>
  lettersTo(mailbox, member)
    .filter(({ unreadBy }) => unreadBy.includes(member))
    .map(({ message }) => message);

/** All messages to a member that are kept, read ones too, oldest first. */
export const received = (mailbox: Mailbox, member: string): AgentMessage[] =>
  lettersTo(mailbox, member).map(({ message }) => message);

/** What a node writes that has read messages for a member. */
export const read = (by: string, messages: readonly Pick<AgentMessage, "id">[]): Receipt => ({
  by,
  read: messages.map(({ id }) => id),
});

/** The responses and errors that answer a request, as far as they are kept. */
export const answersTo = ({ letters }: Mailbox, request: Pick<AgentMessage, "id">): AgentMessage[] =>
  letters
    .map(({ message }) => message)
    .filter(({ type, inReplyTo }) => isAnswer(type) && inReplyTo === request.id);

function lettersTo(mailbox: Mailbox, member: string) {
  checkMember(mailbox, member, "UNKNOWN_RECIPIENT");
  return mailbox.letters.filter(
    ({ message: { from, to } }) => to === member || (to === EVERYONE && from !== member),
  );
}

const idOf = (...parts: unknown[]) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);

function laterThan({ letters }: Mailbox, time: string): string {
  const last = letters.at(-1)?.message.time;
  const now = Date.parse(time);
  return new Date(last === undefined ? now : Math.max(now, Date.parse(last) + 1)).toISOString();
}

function checkRoom(mailbox: Mailbox, message: AgentMessage): void {
  const { capacity } = mailbox;
  const full = recipientsOf(mailbox, message).filter((each) => inboxOf(mailbox, each).length >= capacity);
  if (full.length === 0) return;
  const unread = `${capacity} unread ${capacity === 1 ? "message" : "messages"}`;
  throw new MessageError(
    "MAILBOX_FULL",
    `${full.join(", ")} cannot take a message of ${message.from}: ${unread}, which is the capacity. Let them be read first.`,
  );
}

/** What names an earlier message has to name one that there is; and an answer, a request of its recipient's. */
function checkReply(mailbox: Mailbox, { from, to, type, inReplyTo }: AgentMessage): void {
  if (inReplyTo === undefined) return;
  const asked = mailbox.letters.find(({ message }) => message.id === inReplyTo);
  if (!asked) {
    throw new MessageError(
      "UNKNOWN_MESSAGE",
      `There is no message ${inReplyTo} that ${from} could reply to; it may have been read and fallen away.`,
    );
  }
  if (!isAnswer(type)) return;
  const { message, answeredBy } = asked;
  const isAsked = recipientsOf(mailbox, message).includes(from) && message.from === to;
  if (message.type !== "request" || !isAsked) {
    throw new MessageError("UNKNOWN_MESSAGE", `The message ${inReplyTo} is no request of ${to} to ${from}.`);
  }
  if (answeredBy.includes(from)) {
    throw new MessageError(
      "ANSWERED_TWICE",
      `${from} has answered the request ${inReplyTo} of ${to} before.`,
    );
  }
}
