import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

/** The recipient of a broadcast: every member but the sender. */
export const EVERYONE = "*" as const;

/** The longest content of a message, in characters. */
const MAX_CONTENT = 100_000;

const name = z.string().trim().min(1).max(100);
const free = z.record(z.string(), z.unknown()).refine(isJson, "it has to be JSON").default({});
const earlier = z.string().min(1).describe("The id of the message that it is about.");

const facts = {
  id: z.string().min(1).describe("The same however often the node that sends it runs."),
  from: name.describe("Who sends it."),
  to: name.describe("Who is to read it; * stands for all others."),
  taskId: z.string().min(1).describe("The task that it is about."),
  content: z.string().max(MAX_CONTENT).describe("What it says, for people and prompts."),
  time: z.iso
    .datetime()
    .describe("When it was sent; ISO 8601. Later than all that its sender could know of."),
};

/** Whether a value is the same once it has been checkpointed. zod's own schema of JSON refers to itself, which Studio cannot follow. */
function isJson(value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value);
  } catch {
    return false;
  }
}

/** How far a task has come. */
const Progress = z
  .object({
    progress: z.number().min(0).max(1).describe("The share that is done."),
    step: z.string().trim().min(1).describe("What is being done now."),
  })
  .catchall(z.unknown())
  .refine(isJson, "it has to be JSON");

/**
 * A message between agents, by its type: a request wants an answer, which is a response or an error that names it
 * in `inReplyTo`; a status says how far a task has come. JSON.
 */
export const AgentMessage = z.discriminatedUnion("type", [
  z.strictObject({ ...facts, type: z.literal("request"), inReplyTo: earlier.optional(), metadata: free }),
  z.strictObject({ ...facts, type: z.literal("response"), inReplyTo: earlier, metadata: free }),
  z.strictObject({ ...facts, type: z.literal("error"), inReplyTo: earlier.optional(), metadata: free }),
  z.strictObject({ ...facts, type: z.literal("status"), inReplyTo: earlier.optional(), metadata: Progress }),
]);
export type AgentMessage = z.infer<typeof AgentMessage>;

type Without<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

/** A message that is yet to be sent: without its id and time. */
export type Draft = Without<z.input<typeof AgentMessage>, "id" | "time">;

/** A draft for all members but the sender. */
export const broadcast = <Given extends Without<Draft, "to">>(
  draft: Given,
): Given & { to: typeof EVERYONE } => ({
  ...draft,
  to: EVERYONE,
});

/** What an answer says. */
export interface Reply {
  from: string;
  content: string;
  /** An error where the request cannot be met; a response unless given. */
  type?: "response" | "error";
  metadata?: Extract<Draft, { type: "response" }>["metadata"];
}

/** A draft that answers a message: for its sender, on the same task. */
export const replyTo = (
  request: Pick<AgentMessage, "id" | "from" | "taskId">,
  { type = "response", ...said }: Reply,
): Draft => ({ ...said, type, to: request.from, taskId: request.taskId, inReplyTo: request.id });
