import { z } from "zod";
import { UsageError } from "../errors.ts";
import { Spend } from "./spend.ts";

/** How a piece of work ends that gives no value. */
export const Shortfall = z.enum(["failed", "timed_out", "skipped", "cancelled"]);
export type Shortfall = z.infer<typeof Shortfall>;

const Facts = z.object({
  who: z.string().describe("Whose work it was."),
  ms: z.number().describe("How long it took, in milliseconds."),
  spend: Spend.describe("What its model calls spent."),
});

/** The facts of a piece of work, however it ended. */
export type OutcomeFacts = z.infer<typeof Facts>;

/** A piece of work that gave no value, and why. */
export const Missing = Facts.extend({
  status: Shortfall,
  why: z.string().describe("Why there is no value, in words for people and prompts."),
});
export type Missing = z.infer<typeof Missing>;

/** How a piece of parallel work ended: with a value, or without one and why. A value, never an error. */
export type Outcome<Value> = (OutcomeFacts & { status: "ok"; value: Value }) | Missing;

/** The schema of outcomes whose values fit a schema, for a state's channel. */
export const outcome = <Value extends z.ZodType>(value: Value) =>
  z.discriminatedUnion("status", [Facts.extend({ status: z.literal("ok"), value }), Missing]);

/**
 * How many of several pieces of work have to give a value: all, at least `quorum`, the `first` that
 * come (the others are cancelled then), or as many as there are, if there is one.
 */
export type Policy = "all" | "best_effort" | { quorum: number } | { first: number };

/** Too few values for a policy, and what is missing. */
export const Insufficient = z.object({
  status: z.literal("insufficient"),
  needed: z.number().describe("How many values the policy asks for."),
  given: z.number().describe("How many there are."),
  missing: z.array(Missing).describe("Whose work gave none, and why."),
});
export type Insufficient = z.infer<typeof Insufficient>;

/** Outcomes by whether they have a value, each in the order of the work. */
export interface Parted<Value> {
  given: (OutcomeFacts & { status: "ok"; value: Value })[];
  missing: Missing[];
}

/** Enough values for a policy, and what is missing all the same. */
export interface Sufficient<Value> extends Parted<Value> {
  status: "sufficient";
}

/** Parts the outcomes that have a value from those that have none. */
export const parted = <Value>(outcomes: readonly Outcome<Value>[]): Parted<Value> => ({
  given: outcomes.filter((each) => each.status === "ok"),
  missing: outcomes.filter((each) => each.status !== "ok"),
});

/** Whether outcomes suffice by a policy. Of no work at all nothing suffices. */
export function decided<Value>(
  outcomes: readonly Outcome<Value>[],
  policy: Policy,
): Sufficient<Value> | Insufficient {
  const { given, missing } = parted(outcomes);
  const needed = neededBy(policy, outcomes.length);
  return given.length >= needed
    ? { status: "sufficient", given, missing }
    : { status: "insufficient", needed, given: given.length, missing };
}

/** How many of `among` pieces of work a policy needs; at least one. */
export function neededBy(policy: Policy, among: number): number {
  if (policy === "all") return Math.max(among, 1);
  if (policy === "best_effort") return 1;
  return Math.max("quorum" in policy ? policy.quorum : policy.first, 1);
}

/**
 * A policy that a workflow was given for `among` pieces of work.
 *
 * @throws UsageError where it is none, or asks for none of them, for more, or for a part of one
 */
export function policyFor(policy: Policy, among: number): Policy {
  if (policy === "all" || policy === "best_effort") return policy;
  const [kind, count] = Object.entries(policy ?? {})[0] ?? ["", 0];
  const counts = Number.isSafeInteger(count) && count >= 1 && count <= among;
  if (counts && (kind === "quorum" || kind === "first")) return policy;
  throw new UsageError(
    "BAD_POLICY",
    `policy has to be "all", "best_effort", or { quorum } or { first } from 1 to ${among}, not ${JSON.stringify(policy)}.`,
  );
}

/** Says what is missing and why, one line each, for a prompt or a person. */
export const missingInWords = (missing: readonly Missing[]): string =>
  missing.map(({ who, status, why }) => `- ${who}: ${status.replace("_", " ")}; ${why}`).join("\n");
