import { AsyncLocalStorage } from "node:async_hooks";
import { ModelError, type ModelFault } from "../errors.ts";
import { notify } from "../events/notices.ts";
import { type Circuit, type EndpointLimits, guardOf, isLeftAlone } from "../resilience/endpoint-guard.ts";
import { settings } from "../settings.ts";
import type { Candidate } from "./candidates.ts";
import { modelError } from "./faults.ts";

/** Faults that say that the endpoint is down or overloaded, whatever it is asked. */
const DOWN: readonly ModelFault[] = ["server_error", "unreachable", "timeout", "bad_response"];

/** The attempt that is being made, for what it tells of its endpoint's circuit. */
const attempts = new AsyncLocalStorage<{ role: string; model: string }>();

/**
 * Makes an attempt within the limits of the candidate's endpoint, which all runs of the process share: it
 * waits for a free slot, and is not made while the endpoint is left alone.
 *
 * @throws ModelError "circuit_open" where it is not made
 */
export async function guarded<Answer>(
  candidate: Candidate,
  role: string,
  attempt: () => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  const { guardedBy: endpoint, name: model } = candidate;
  if (endpoint === undefined) return attempt();
  const guard = guardOf(endpoint, limits);
  if (guard.isFull) notify({ type: "queued", role, model });
  try {
    return await attempts.run({ role, model }, () => guard.run(attempt, signal));
  } catch (error) {
    if (!isLeftAlone(error)) throw error;
    throw modelError("circuit_open", candidate, `it failed ${settings().breakAfter} times in a row`);
  }
}

function limits(): EndpointLimits {
  const { maxConcurrent, breakAfter, breakMs } = settings();
  return { maxConcurrent, breakAfter, breakMs, isFailure, onCircuit };
}

/** A probe that was stopped before the endpoint answered says nothing for it, so the endpoint stays left alone. */
const isFailure = (error: unknown, probing: boolean) =>
  error instanceof ModelError ? DOWN.includes(error.fault) : probing;

function onCircuit(state: Circuit): void {
  const attempt = attempts.getStore();
  if (attempt) notify({ type: "circuit", ...attempt, state });
}
