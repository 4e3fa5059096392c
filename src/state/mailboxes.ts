import { z } from "zod";
import { MessageError } from "../errors.ts";
import { AgentMessage, EVERYONE } from "./messages.ts";

/** A message that is kept, with who has yet to read it and who has answered it. */
const Letter = z.object({
  message: AgentMessage,
  unreadBy: z.array(z.string()),
  answeredBy: z.array(z.string()),
});
type Letter = z.infer<typeof Letter>;

/** What the members of a state have written to each other, as it is checkpointed. */
export const Mailbox = z.object({
  members: z.array(z.string()).describe("Who can write and be written to."),
  capacity: z.number().describe("How many unread messages each member can have."),
  letters: z.array(Letter).describe("The messages that are kept, oldest first."),
  sent: z.record(z.string(), z.number()).describe("How many messages each member has sent."),
});
export type Mailbox = z.infer<typeof Mailbox>;

/** Says which messages a member has read. */
export const Receipt = z.strictObject({ by: z.string(), read: z.array(z.string()) });
export type Receipt = z.infer<typeof Receipt>;

/** What a node writes to mailboxes: a message that was sent, or which ones were read. */
export type Posting = AgentMessage | Receipt;

/** A mailbox with nothing in it. */
export const emptyMailbox = (members: readonly string[], capacity: number): Mailbox => ({
  members: [...members],
  capacity,
  letters: [],
  sent: {},
});

/**
 * Mailboxes after postings were put in. Any order of the postings gives the same; a message that is there already
 * changes nothing. Beyond `keep`, messages that all have read fall away, oldest first.
 *
 * @throws MessageError for a message of or to someone who is no member
 */
export function posted(mailbox: Mailbox, postings: Posting | readonly Posting[], keep: number): Mailbox {
  const after = {
    ...mailbox,
    sent: { ...mailbox.sent },
    letters: mailbox.letters.map((each) => ({ ...each })),
  };
  const given: readonly Posting[] = "length" in postings ? postings : [postings];
  for (const posting of given) {
    if ("read" in posting) receive(after, posting);
    else put(after, posting);
  }
  return { ...after, letters: kept(after.letters.sort(byTime), keep) };
}

function put(mailbox: Mailbox, message: AgentMessage): void {
  if (mailbox.letters.some((letter) => letter.message.id === message.id)) return;
  const { from, type, inReplyTo } = message;
  checkMember(mailbox, from, "UNKNOWN_SENDER");
  mailbox.letters.push({ message, unreadBy: recipientsOf(mailbox, message), answeredBy: [] });
  mailbox.sent[from] = sentBy(mailbox, from) + 1;
  const asked = mailbox.letters.find((letter) => letter.message.id === inReplyTo);
  if (asked && isAnswer(type)) asked.answeredBy = [...new Set([...asked.answeredBy, from])].sort();
}

/** How many messages a member has sent. */
export const sentBy = ({ sent }: Mailbox, member: string): number =>
  Object.hasOwn(sent, member) ? (sent[member] ?? 0) : 0;

function receive({ letters }: Mailbox, { by, read }: Receipt): void {
  for (const letter of letters) {
    if (read.includes(letter.message.id)) letter.unreadBy = letter.unreadBy.filter((each) => each !== by);
  }
}

function kept(letters: readonly Letter[], keep: number): Letter[] {
  const read = letters.filter(({ unreadBy }) => unreadBy.length === 0);
  const falling = new Set(read.slice(0, Math.max(0, read.length - keep)));
  return letters.filter((letter) => !falling.has(letter));
}

/** By time, and where that is the same, by what does not depend on who wrote first. */
function byTime({ message: one }: Letter, { message: other }: Letter): number {
  if (one.time !== other.time) return one.time < other.time ? -1 : 1;
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}

/** Whether a message of a type answers the request that it names. */
export const isAnswer = (type: AgentMessage["type"]) => type === "response" || type === "error";

/** The members that a message is for. */
export function recipientsOf(mailbox: Mailbox, { from, to }: Pick<AgentMessage, "from" | "to">): string[] {
  if (to === EVERYONE) return mailbox.members.filter((member) => member !== from);
  checkMember(mailbox, to, "UNKNOWN_RECIPIENT");
  return [to];
}

/** @throws MessageError unless someone is a member */
export function checkMember(
  { members }: Mailbox,
  who: string,
  code: "UNKNOWN_SENDER" | "UNKNOWN_RECIPIENT",
): void {
  if (members.includes(who)) return;
  throw new MessageError(
    code,
    `There is no ${JSON.stringify(who)} among the members: ${members.join(", ")}.`,
  );
}
