import { randomUUID } from "node:crypto";
import { getConfig, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { UsageError } from "../errors.ts";
import type { Effects } from "../outcomes/effect.ts";
import type { RunContext } from "../state/context.ts";
import { defaultStorage } from "../storage/open.ts";
import { Queue } from "../storage/queue.ts";
import { MAX_TIMER_MS } from "./abort.ts";
import { durably, hashOf } from "./durable-call.ts";
import { type Act, type EffectOptions, settled, type Whole } from "./effect-act.ts";
import { type Answered, asked } from "./effect-question.ts";
import { fitting } from "./effect-result.ts";
import { currentScope } from "./scope.ts";

/** The name of the LangGraph task that every effect is. */
export const EFFECT_TASK = "effect";

/**
 * Does an act on the outside world (publishes, sends, writes) once in a run, and gives its result as JSON
 * gives it back; `undefined` becomes null. The key names the act within the run, so two acts need two keys.
 * Outside `run` it names the act within the thread, all inputs of the thread together.
 *
 * The act is claimed in the ledger before and recorded as done after. A resume that finds it done takes the
 * recorded result. One that finds it claimed cannot know whether it was done, for between an act and its
 * record there is always a gap: it asks `reconcile`, else a person by an interrupt of the kind "effect", and
 * does it again only if the answer is that it was not done.
 *
 * So it is done at most once, as long as those answers are true and an act that was given up (by a time-out
 * or a stop) does not go on behind them. Nobody can promise exactly once from this side alone: that takes the
 * other side's honouring the idempotency key.
 *
 * Ask for approval before an effect, not in it: an interrupt inside `act` leaves it in doubt.
 *
 * @throws EffectError "EFFECT_NOT_DONE" where `act` throws `NotDone`: a resume tries again
 * @throws EffectError "EFFECT_UNKNOWN" where `act` or `reconcile` throws anything else or takes too long
 * @throws EffectError "EFFECT_RESULT" where it was done, but JSON cannot hold the result or it does not fit
 * @throws UsageError for a key or a time that cannot be, and outside a thread
 */
export async function effect<Result>(
  key: string,
  act: (given: Act) => Promise<Result> | Result,
  options: EffectOptions<Result> = {},
): Promise<Result> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  checkGiven(key, timeoutMs);
  const effects = effectsHere();
  const idempotencyKey = hashOf(effects.scope, key);
  const whole = { ...options, key, act, timeoutMs, effects, idempotencyKey, within: currentScope()?.signal };
  const result = await durably(EFFECT_TASK, idempotencyKey, () => once(whole));
  return fitting(whole, result);
}

const DEFAULT_TIMEOUT_MS = 60_000;
/** Who claims where no run does. */
const THIS_PROCESS = randomUUID();

/** Lets whoever asks for an act that is under way in this stretch wait for its end, and find it recorded. */
const underWay = new Queue();

function checkGiven(key: string, timeoutMs: number): void {
  // A database refuses the one, and would take different halves of the other for the same.
  if (!key.trim() || /\0|\p{Surrogate}/u.test(key)) {
    throw new UsageError(
      "BAD_EFFECT",
      `An effect's key has to be a text that names it, not ${JSON.stringify(key)}.`,
    );
  }
  if (timeoutMs > 0 && timeoutMs <= MAX_TIMER_MS) return;
  throw new UsageError(
    "BAD_EFFECT",
    `The time of the effect "${key}" has to be more than 0 ms and at most ${MAX_TIMER_MS}, not ${timeoutMs}.`,
  );
}

function effectsHere(): Effects {
  const config: LangGraphRunnableConfig | undefined = getConfig();
  const context: RunContext | undefined = config?.context;
  if (context?.effects) return context.effects;
  const threadId: unknown = config?.configurable?.["thread_id"];
  if (typeof threadId === "string") {
    return { log: defaultStorage().ledger, scope: threadId, owner: THIS_PROCESS };
  }
  throw new UsageError(
    "NO_THREAD",
    "An effect is recorded by thread, and there is none: call it in a node of a graph that goes through `run`, " +
      'or that is compiled with a checkpointer and invoked with { configurable: { thread_id: "…" } }.',
  );
}

/** Does an act unless it was done, after a person was asked where nobody else knows. */
async function once<Result>(whole: Whole<Result>): Promise<unknown> {
  const { effects, idempotencyKey, key, schema } = whole;
  let answered: Answered | undefined;
  for (;;) {
    const found = await underWay.run(hashOf(effects.owner, idempotencyKey), () => settled(whole, answered));
    if ("result" in found) return found.result;
    answered = await asked({ key, idempotencyKey, claim: found.unknown, schema });
  }
}
