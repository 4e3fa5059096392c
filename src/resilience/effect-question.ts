import { createHash } from "node:crypto";
import { interrupt, task } from "@langchain/langgraph";
import { z } from "zod";
import type { OpenClaim } from "../outcomes/effect.ts";

/** How the names of the LangGraph tasks begin that ask about effects. */
export const EFFECT_QUESTION = "effect question ";

/** The interrupt of an effect of which nobody knows whether it was done; a person answers `EffectAnswer`. */
export interface EffectQuestion {
  kind: "effect";
  key: string;
  idempotencyKey: string;
  message: string;
  /** When it was begun; ISO 8601. */
  since: string;
  reason: string | null;
}

/** What a person says about an effect: that it was done, and what came of it, or that it was not. */
export type EffectAnswer = { did: true; result?: unknown } | { did: false };

/** What a person said about one claim. */
export type Answered = { about: OpenClaim } & ({ state: "done"; result: unknown } | { state: "not_done" });

/** Whether an answer is about this claim, and not about one before it. */
export const isAbout = (answered: Answered | undefined, claim: OpenClaim): answered is Answered =>
  answered?.about.owner === claim.owner && answered.about.since === claim.since;

interface Asked {
  key: string;
  idempotencyKey: string;
  claim: OpenClaim;
  schema: z.ZodType | undefined;
}

/**
 * Asks a person by an interrupt whether an effect was done.
 *
 * The question is a LangGraph task that is named after its claim: LangGraph keeps answers by task, so an answer
 * never serves for a later claim of the same effect, nor for another question of the node.
 *
 * An answer that does not fit is thrown as LangGraph does, by which `run` knows it; the question stays open.
 */
export async function asked({ key, idempotencyKey, claim, schema }: Asked): Promise<Answered> {
  const { owner, since, reason } = claim;
  const name =
    EFFECT_QUESTION + createHash("sha256").update(`${idempotencyKey} ${owner} ${since}`).digest("hex");
  const question = {
    kind: "effect" as const,
    key,
    idempotencyKey,
    message: inWords(key, claim),
    since,
    reason,
  };
  const ask = task({ name }, async () => answerTo(question, schema));
  const answer = await ask();
  return answer.did
    ? { about: claim, state: "done", result: answer.result }
    : { about: claim, state: "not_done" };
}

function answerTo(question: EffectQuestion, schema: z.ZodType | undefined): EffectAnswer {
  const responseSchema = z.discriminatedUnion("did", [
    z.strictObject({ did: z.literal(true), result: schema ?? z.unknown().optional() }),
    z.strictObject({ did: z.literal(false) }),
  ]);
  return interrupt<EffectQuestion, EffectAnswer>(question, { responseSchema });
}

const FORMS = 'Answer { "did": true, "result": … } if it was done, or { "did": false } to have it done now.';

const inWords = (key: string, { since, reason }: OpenClaim) =>
  `The effect "${key}" was begun at ${since}, and how it went is not recorded: ` +
  `${reason ?? "its process ended meanwhile"}. Look it up. ${FORMS}`;
