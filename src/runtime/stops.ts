import { isGraphDrained, RunControl } from "@langchain/langgraph";
import type { RunOptions } from "./options.ts";

/** How the graph's stream came to its end. */
export type Ending = "ended" | "cancelled" | "out_of_time" | { threw: unknown };

/** The longest delay that Node's timers take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What can stop a stretch from outside: the caller, the clock, and the loss of the thread's lock. */
export class Stops {
  /** Aborted where the work is to stop at once. */
  readonly signal: AbortSignal;
  readonly control = new RunControl();
  readonly #deadline = new AbortController();
  readonly #options: Pick<RunOptions, "signal" | "drain">;
  readonly #lost: AbortSignal;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(options: Pick<RunOptions, "signal" | "drain">, lost: AbortSignal, leftMs: number | undefined) {
    this.#options = options;
    this.#lost = lost;
    const { signal, drain } = options;
    this.signal = AbortSignal.any([lost, this.#deadline.signal, ...(signal ? [signal] : [])]);
    if (leftMs !== undefined && leftMs <= 0) this.#deadline.abort();
    else if (leftMs !== undefined) {
      this.#timer = setTimeout(() => this.#deadline.abort(), Math.min(leftMs, MAX_TIMER_MS));
    }
    if (drain?.aborted) this.#drained();
    drain?.addEventListener("abort", this.#drained, { once: true });
  }

  /** What has stopped the stretch, or how else it ended: by what it threw, or by itself. */
  ending(end: "ended" | { threw: unknown }): Ending {
    if (this.#lost.aborted) return { threw: this.#lost.reason };
    if (this.#options.signal?.aborted) return "cancelled";
    if (this.#deadline.signal.aborted) return "out_of_time";
    return typeof end === "object" && isGraphDrained(end.threw) ? "cancelled" : end;
  }

  /** Leaves nothing behind on signals that serve other runs too. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#options.drain?.removeEventListener("abort", this.#drained);
  }

  readonly #drained = () => this.control.requestDrain("drained");
}
