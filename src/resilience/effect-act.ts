import { getConfig, isGraphBubbleUp, type LangGraphRunnableConfig } from "@langchain/langgraph";
import type { z } from "zod";
import { EffectError, messageOf, NotDone } from "../errors.ts";
import { notify } from "../events/notices.ts";
import type { Effects, OpenClaim } from "../outcomes/effect.ts";
import { audited } from "../security/audit.ts";
import { anyOf, deadlineIn, untilAborted } from "./abort.ts";
import { type Answered, isAbout } from "./effect-question.ts";
import { badResult, storable } from "./effect-result.ts";

/** What an act on the outside world is given. */
export interface Act {
  /** Says to the other side that a repetition is one; the same over all retries and resumes of the run. */
  idempotencyKey: string;
  /** Aborted where the act is not waited for any longer. */
  signal: AbortSignal;
}

/** What is known of an act that may have been done or not. */
export interface Doubt extends Act {
  key: string;
  /** When it was begun; ISO 8601. */
  since: string;
  /** Why it is not known, where that is known; null after a crash. */
  reason: string | null;
}

/** What looking at the outside world says about an act. */
export type Reconciled<Result> =
  | { state: "done"; result: Result }
  | { state: "not_done" }
  | { state: "unknown" };

/** How an effect is done. */
export interface EffectOptions<Result> {
  /** How long it may take, and `reconcile` too; a minute unless given. */
  timeoutMs?: number | undefined;
  /** What the result has to be, as JSON. */
  schema?: z.ZodType<Result, Result> | undefined;
  /** Finds out whether the act was done, by looking at the outside world; without it a person is asked. */
  reconcile?: ((doubt: Doubt) => Promise<Reconciled<Result>> | Reconciled<Result>) | undefined;
}

/** An effect with all that it needs. */
export interface Whole<Result> extends EffectOptions<Result> {
  key: string;
  act: (given: Act) => Promise<Result> | Result;
  timeoutMs: number;
  effects: Effects;
  idempotencyKey: string;
  /** The signal of the part of the run that the effect belongs to. */
  within: AbortSignal | undefined;
}

/** What became of an act: its result, or a claim of which nobody knows. */
export type Found = { result: unknown } | { unknown: OpenClaim };

/** Claims an act and does it, or finds out what became of it. */
export async function settled<Result>(whole: Whole<Result>, answered?: Answered): Promise<Found> {
  const { key, effects } = whole;
  const { log, scope, owner } = effects;
  const claim = await log.claim(scope, key, owner);
  if (claim.state === "claimed") return { result: await done(whole) };
  if (claim.state === "done") {
    await stated(key, "recorded");
    return { result: claim.result };
  }
  const known = isAbout(answered, claim) ? answered : await reconciled(whole, claim);
  if (known.state === "unknown") {
    await stated(key, "unknown");
    return { unknown: claim };
  }
  if (known.state === "done") {
    const result = storable(whole, known.result);
    if ("problem" in result) throw badResult(whole, result.problem);
    await log.fulfil(scope, key, result.json);
    await stated(key, "recorded");
    return { result: result.json };
  }
  await log.disclaim(scope, key);
  await stated(key, "not_done");
  return settled(whole);
}

/** Records for good how an act stands, and tells it. */
async function stated(key: string, state: "done" | "recorded" | "unknown" | "not_done"): Promise<void> {
  await audited({ type: "effect", key, state });
  notify({ type: "effect", key, state });
}

/** Does an act that was claimed, and records how it went. */
async function done<Result>(whole: Whole<Result>): Promise<unknown> {
  const { key, act, effects, idempotencyKey } = whole;
  const { log, scope } = effects;
  const stop = stopOf(whole);
  if (stop.aborted) {
    await log.disclaim(scope, key);
    throw stop.reason;
  }
  let given: Result;
  try {
    given = await bounded((signal) => act({ idempotencyKey, signal }), stop, whole.timeoutMs);
  } catch (error) {
    throw await failed(whole, stop, error);
  }
  const result = storable(whole, given);
  if ("problem" in result) {
    await doubted(whole, `it was done, but its result cannot be used: ${result.problem}`);
    throw badResult(whole, result.problem);
  }
  await log.fulfil(scope, key, result.json);
  await stated(key, "done");
  return result.json;
}

/** What to throw where an act threw or was given up, after it was recorded. */
async function failed<Result>(whole: Whole<Result>, stop: AbortSignal, error: unknown): Promise<unknown> {
  const { key, effects } = whole;
  if (isSuspension(error) || stop.aborted) {
    await doubted(whole, stop.aborted ? "the run was stopped meanwhile" : "an interrupt in it suspended it");
    return error;
  }
  const why = messageOf(error).replace(/[.!]$/, "");
  if (error instanceof NotDone) {
    await effects.log.disclaim(effects.scope, key);
    await stated(key, "not_done");
    const message = `The effect "${key}" was not done: ${why}. Resume the run to try again.`;
    return new EffectError("EFFECT_NOT_DONE", key, message, { cause: error });
  }
  await doubted(whole, why);
  const message =
    `It is not known whether the effect "${key}" was done: ${why}. ` +
    "Resume the run to be asked, or give the effect a `reconcile` that finds out.";
  return new EffectError("EFFECT_UNKNOWN", key, message, { cause: error });
}

const isSuspension = (error: unknown) => error !== null && isGraphBubbleUp(error);

/** Records why an act is in doubt. Where that cannot be written it is in doubt all the same, by its claim. */
async function doubted<Result>({ key, effects }: Whole<Result>, reason: string): Promise<void> {
  await effects.log.doubt(effects.scope, key, reason).catch(() => {});
  await stated(key, "unknown");
}

async function reconciled<Result>(whole: Whole<Result>, claim: OpenClaim): Promise<Reconciled<Result>> {
  const { key, idempotencyKey, reconcile } = whole;
  if (!reconcile) return { state: "unknown" };
  const { since, reason } = claim;
  const stop = stopOf(whole);
  try {
    const look = (signal: AbortSignal) => reconcile({ key, idempotencyKey, since, reason, signal });
    return await bounded(look, stop, whole.timeoutMs);
  } catch (error) {
    if (isSuspension(error) || stop.aborted) throw error;
    const why = messageOf(error).replace(/[.!]$/, "");
    const message =
      `It is not known whether the effect "${key}" was done, and its \`reconcile\` failed: ${why}. ` +
      "Resume the run to try that again.";
    throw new EffectError("EFFECT_UNKNOWN", key, message, { cause: error });
  }
}

/** What ends the waiting for an act from outside: the run's stop, and that of its part. */
function stopOf<Result>({ within }: Whole<Result>): AbortSignal {
  const { signal }: LangGraphRunnableConfig = getConfig();
  return anyOf(signal, within);
}

async function bounded<Value>(
  work: (signal: AbortSignal) => Promise<Value> | Value,
  stop: AbortSignal,
  timeoutMs: number,
): Promise<Value> {
  const deadline = deadlineIn(timeoutMs);
  const signal = anyOf(stop, deadline.signal);
  return untilAborted(async () => work(signal), signal).finally(deadline.clear);
}
