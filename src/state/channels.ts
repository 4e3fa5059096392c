import { ReducedValue } from "@langchain/langgraph";
import { z } from "zod";
import { UsageError } from "../errors.ts";
import { NOTHING_SPENT, Spent, sumOf } from "../outcomes/spend.ts";
import { isDuplicate } from "./duplicates.ts";
import { bound } from "./limits.ts";
import { emptyMailbox, Mailbox, type Posting, posted, Receipt } from "./mailboxes.ts";
import { AgentMessage, EVERYONE } from "./messages.ts";

/** The update that empties a log or an account: a new run on a used thread begins with it. */
export const EMPTY = "empty" as const;

/**
 * A channel that keeps every value a node writes, oldest first.
 *
 * A node writes one entry, a list of entries, or `EMPTY`. Each node that writes returns only what
 * it adds, so that parallel branches do not overwrite each other.
 */
export function log<Entry extends z.ZodType>(entry: Entry, description?: string) {
  type Value = z.infer<Entry>;
  const list = z.array(entry).default(() => []);
  return new ReducedValue(description === undefined ? list : list.describe(description), {
    inputSchema: z.union([entry, z.array(entry), z.literal(EMPTY)]),
    reducer: (entries: Value[], next: Value | Value[] | typeof EMPTY): Value[] =>
      next === EMPTY ? [] : [...entries, ...(Array.isArray(next) ? next : [next])],
  });
}

/** What a node spent; `afresh` where it begins a new account. */
const SpentUpdate = Spent.extend({ afresh: z.boolean().optional() });

/**
 * A channel for what the nodes of a state have spent, which routers and terminations may read: it changes with
 * checkpoints alone. Under the name `spent` it is filled by every shared node of the state.
 */
export function spending() {
  const nothing: Spent = { ...NOTHING_SPENT, low: false };
  return new ReducedValue(Spent.default(() => nothing).describe("What the nodes have spent so far."), {
    inputSchema: z.union([SpentUpdate, z.literal(EMPTY)]),
    reducer: (spent: Spent, next: z.infer<typeof SpentUpdate> | typeof EMPTY): Spent => {
      if (next === EMPTY) return nothing;
      return { ...sumOf(next.afresh ? nothing : spent, next), low: next.low };
    },
  });
}

/** Who writes to each other, and how much of it is kept. */
export interface MailboxOptions {
  /** The names of those who write and are written to. */
  members: readonly string[];
  /** How many unread messages each can have; 100 unless given. Then `send` throws. */
  capacity?: number;
  /** How many messages are kept that all their recipients have read; 200 unless given. The oldest fall away. */
  keep?: number;
  description?: string;
}

const CAPACITY = 100;
const KEEP = 200;

/**
 * A channel for the messages that agents write to each other. A node writes what `sendMessage` and `read` give it,
 * one or a list of them, or `EMPTY`. What parallel branches write is put together without loss, in whatever order
 * it comes; that can fill a mailbox beyond its capacity, by as much as each branch had room for.
 *
 * @throws UsageError for members without a name, of one name, or called "*", and for bounds that are none
 */
export function mailboxes({ members, capacity = CAPACITY, keep = KEEP, description }: MailboxOptions) {
  checkMembers(members);
  bound("capacity", capacity);
  bound("keep", keep);
  const empty = () => emptyMailbox(members, capacity);
  return new ReducedValue(
    Mailbox.default(empty).describe(description ?? "What the agents have written to each other."),
    {
      inputSchema: z.union([
        AgentMessage,
        Receipt,
        z.array(z.union([AgentMessage, Receipt])),
        z.literal(EMPTY),
      ]),
      reducer: (mailbox: Mailbox, next: Posting | Posting[] | typeof EMPTY): Mailbox =>
        next === EMPTY ? empty() : posted({ ...mailbox, members: [...members], capacity }, next, keep),
    },
  );
}

function checkMembers(members: readonly string[]): void {
  const wrong = members.find((name) => !name.trim() || name === EVERYONE) ?? members.find(isDuplicate);
  if (wrong === undefined && members.length > 0) return;
  throw new UsageError(
    "BAD_MEMBERS",
    `members has to hold names that differ and are not "*", not ${JSON.stringify(members)}.`,
  );
}
