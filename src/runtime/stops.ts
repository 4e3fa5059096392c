import { isGraphDrained, isInvalidResume, RunControl } from "@langchain/langgraph";
import { RefusedAnswerError } from "../errors.ts";
import { anyOf, deadlineIn } from "../resilience/abort.ts";
import { reasonOf } from "./graph.ts";
import type { RunOptions } from "./options.ts";

/** How the graph's stream came to its end. */
export type Ending = "ended" | "cancelled" | "out_of_time" | { threw: unknown };

/** What can stop a stretch from outside: the caller, the clock, and the loss of the thread's lock. */
export class Stops {
  /** Aborted where the work is to stop at once. */
  readonly signal: AbortSignal;
  readonly control = new RunControl();
  readonly #deadline: ReturnType<typeof deadlineIn>;
  readonly #options: Pick<RunOptions, "signal" | "drain">;
  readonly #lost: AbortSignal;

  constructor(options: Pick<RunOptions, "signal" | "drain">, lost: AbortSignal, leftMs: number | undefined) {
    this.#options = options;
    this.#lost = lost;
    const { signal, drain } = options;
    this.#deadline = deadlineIn(leftMs);
    this.signal = anyOf(lost, this.#deadline.signal, signal);
    if (drain?.aborted) this.#drained();
    drain?.addEventListener("abort", this.#drained, { once: true });
  }

  /** What has stopped the stretch, or how else it ended: by what it threw, or by itself. */
  ending(end: "ended" | { threw: unknown }): Ending {
    if (this.#lost.aborted) return { threw: this.#lost.reason };
    if (this.#options.signal?.aborted) return "cancelled";
    if (this.#deadline.signal.aborted) return "out_of_time";
    if (end === "ended") return end;
    return isGraphDrained(end.threw) ? "cancelled" : { threw: asRefusal(causeOf(end.threw)) };
  }

  /** Leaves nothing behind on signals that serve other runs too. */
  dispose(): void {
    this.#deadline.clear();
    this.#options.drain?.removeEventListener("abort", this.#drained);
  }

  readonly #drained = () => this.control.requestDrain("drained");
}

/** What LangGraph throws for an answer that does not fit its question's schema, as misuse; anything else as it is. */
const asRefusal = (threw: unknown): unknown =>
  isInvalidResume(threw) ? new RefusedAnswerError(reasonOf(threw), { cause: threw }) : threw;

/** What ended a superstep: LangGraph puts it first, before what its stop did to the tasks beside it. */
const causeOf = (threw: unknown): unknown => (threw instanceof AggregateError ? threw.errors[0] : threw);
