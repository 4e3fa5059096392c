import { AsyncResource } from "node:async_hooks";
import {
  BrokenCircuitError,
  BulkheadPolicy,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from "cockatiel";
import { untilAborted } from "./abort.ts";

/** What an endpoint is protected by. */
export interface EndpointLimits {
  /** Calls at once, of all runs of the process. */
  maxConcurrent: number;
  /** Failures in a row after which it is not asked for a while. */
  breakAfter: number;
  /** How long it is not asked then, in milliseconds; after it, one call probes whether it answers again. */
  breakMs: number;
  /** Which errors count as the endpoint's failure, of a call that probes it too. */
  isFailure: (error: unknown, probing: boolean) => boolean;
  /** Called for each change, in the async context of the call that brings it about. */
  onCircuit?: (circuit: Circuit) => void;
}

/** How an endpoint stands: asked, not asked, or asked by one call that probes it. */
export type Circuit = "closed" | "open" | "half_open";

const CIRCUITS: Record<CircuitState, Circuit> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half_open",
  [CircuitState.Isolated]: "open",
};

/** Limits how many calls an endpoint gets at once, and leaves it alone while it fails. */
export class EndpointGuard {
  readonly #slots: BulkheadPolicy;
  readonly #breaker: CircuitBreakerPolicy;

  constructor({ maxConcurrent, breakAfter, breakMs, isFailure, onCircuit }: EndpointLimits) {
    this.#slots = new BulkheadPolicy(maxConcurrent, Number.POSITIVE_INFINITY);
    const breaker = new ConsecutiveBreaker(breakAfter);
    const counts = (error: unknown) => isFailure(error, this.circuit === "half_open");
    this.#breaker = circuitBreaker(handleWhen(counts), { breaker, halfOpenAfter: breakMs });
    this.#breaker.onStateChange((state) => onCircuit?.(CIRCUITS[state]));
  }

  get circuit(): Circuit {
    return CIRCUITS[this.#breaker.state];
  }

  /** Whether a call has to wait for another one's end. */
  get isFull(): boolean {
    return this.#slots.executionSlots === 0;
  }

  /**
   * Does the work in a free slot. An abort ends the waiting at once; work that has begun ends by itself.
   *
   * @throws BrokenCircuitError without doing the work, while the endpoint is left alone
   */
  run<Value>(work: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
    let begun = false;
    const begin = () => {
      signal.throwIfAborted();
      begun = true;
      return work();
    };
    // The queue runs a call from the end of another, whose async context is another run's.
    const inSlot = AsyncResource.bind(() => {
      signal.throwIfAborted();
      return this.#breaker.execute(begin);
    });
    // The queue is not given the signal: it would give the slot of a call that was aborted to nobody.
    return untilAborted(
      () => this.#slots.execute(inSlot),
      signal,
      () => begun,
    );
  }
}

/** Whether an endpoint was not asked, because it is left alone. */
export const isLeftAlone = (error: unknown): boolean => error instanceof BrokenCircuitError;

const guards = new Map<string, EndpointGuard>();

/** The guard of an endpoint, one for all runs of the process; the limits count when it is first asked for. */
export function guardOf(endpoint: string, limits: () => EndpointLimits): EndpointGuard {
  const known = guards.get(endpoint) ?? new EndpointGuard(limits());
  guards.set(endpoint, known);
  return known;
}
