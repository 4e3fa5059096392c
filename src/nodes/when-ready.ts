import { isGraphBubbleUp } from "@langchain/langgraph";
import { UsageError } from "../errors.ts";
import { type Missing, type Outcome, parted } from "../outcomes/outcome.ts";
import { inOrder, planFaults, type Step } from "../outcomes/plan.ts";
import { bound } from "../state/limits.ts";
import { branch } from "./branch.ts";

/** A piece of work that needs what others give. */
export interface Piece<Value> extends Step {
  /** Is given the values of the pieces that it depends on, in the order of `dependsOn`, each once. */
  work: (inputs: readonly Value[], signal: AbortSignal) => Promise<Value>;
  /** How long the work may take once it has begun; without it, as long as its calls may. */
  timeoutMs?: number | undefined;
  /** How long it is likely to take beside the others, in any unit; 1 unless given. Decides who goes first, nothing else. */
  weight?: number | undefined;
}

/** How pieces of work are run. */
export interface WhenReadyOptions {
  /** How many work at once; at least 1. */
  maxParallel: number;
}

/**
 * Runs each piece of work as soon as the pieces that it depends on have ended, at most so many at once, and
 * gives their outcomes, in the order of the pieces. A free place goes to the ready piece with the longest way
 * still behind it. A piece that depends on one without a value is skipped, and its outcome names that one.
 *
 * Each piece is a `branch`: durable once it has ended, and on a resume not run again. Interrupts are thrown when
 * all that does not depend on them has ended. Call it from one place of a node, with pieces that only
 * checkpointed facts decide.
 *
 * @throws UsageError where the pieces are no plan, or `maxParallel` is no bound
 */
export async function whenReady<Value>(
  pieces: readonly Piece<Value>[],
  { maxParallel }: WhenReadyOptions,
): Promise<Outcome<Value>[]> {
  const faults = planFaults(pieces);
  if (faults.length > 0) throw new UsageError("BAD_PLAN", faults.map(({ message }) => message).join(" "));
  const places = new Places(pieces, bound("maxParallel", maxParallel));
  const outcomes = new Map<string, Promise<Outcome<Value>>>();
  for (const piece of inOrder(pieces)) {
    const needed = [...new Set(piece.dependsOn)].flatMap((id) => outcomes.get(id) ?? []);
    outcomes.set(piece.id, placed(piece, needed, places));
  }
  places.give();
  const ended = await Promise.allSettled(pieces.flatMap(({ id }) => outcomes.get(id) ?? []));
  const thrown = ended.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  if (thrown.length > 0) throw thrown.find((error) => !isGraphBubbleUp(error)) ?? thrown[0];
  return ended.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
}

/** Begins a piece at once as a task; inside it, waits for its inputs and then for a place. */
async function placed<Value>(
  { id, work, timeoutMs }: Piece<Value>,
  needed: readonly Promise<Outcome<Value>>[],
  places: Places,
): Promise<Outcome<Value>> {
  let inputs: Value[] = [];
  const place = places.for(id);
  const wait = async () => {
    const { given, missing } = parted(await Promise.all(needed));
    if (missing.length > 0) return whySkipped(missing);
    inputs = given.map(({ value }) => value);
    await place;
    return undefined;
  };
  let gaveValue = false;
  try {
    const outcome = await branch({ who: id, work: (signal) => work(inputs, signal), timeoutMs, wait });
    gaveValue = outcome.status === "ok";
    return outcome;
  } finally {
    places.ended(id, gaveValue);
  }
}

const whySkipped = (missing: readonly Missing[]) =>
  `it needs ${missing.map(({ who, status }) => `${JSON.stringify(who)}, which ${ENDED[status]}`).join(", and ")}`;

const ENDED: Record<Missing["status"], string> = {
  failed: "failed",
  timed_out: "timed out",
  skipped: "was skipped",
  cancelled: "was cancelled",
};

/**
 * The places where pieces work, given out by who is ready. A piece's own code awaits its place, and is never
 * called from here: it would run in the async context of another task.
 */
class Places {
  #free: number;
  /** The longest remaining way first. */
  readonly #ranked: readonly Step[];
  /** Lets each piece begin that has no place yet. */
  readonly #waiting = new Map<string, () => void>();
  readonly #working = new Set<string>();
  readonly #values = new Set<string>();

  constructor(pieces: readonly Weighed[], limit: number) {
    this.#free = limit;
    const ways = remainingWays(pieces);
    this.#ranked = inOrder(pieces).sort((a, b) => (ways.get(b.id) ?? 0) - (ways.get(a.id) ?? 0));
  }

  /** Resolves when the piece has a place. */
  for(id: string): Promise<void> {
    return new Promise((begin) => this.#waiting.set(id, begin));
  }

  /** Gives the free places to those who are ready. */
  give(): void {
    for (const { id, dependsOn } of this.#ranked) {
      const begin = this.#waiting.get(id);
      if (!begin || this.#free === 0 || !dependsOn.every((needed) => this.#values.has(needed))) continue;
      this.#waiting.delete(id);
      this.#working.add(id);
      this.#free -= 1;
      begin();
    }
  }

  /** Takes the place of a piece back, which may have had none: it was skipped, or had ended before a resume. */
  ended(id: string, gaveValue: boolean): void {
    if (this.#working.delete(id)) this.#free += 1;
    if (gaveValue) this.#values.add(id);
    this.#waiting.delete(id);
    this.give();
  }
}

type Weighed = Step & Pick<Piece<unknown>, "weight">;

/** The weight of the heaviest chain that begins with each piece. */
function remainingWays(pieces: readonly Weighed[]): Map<string, number> {
  const ways = new Map<string, number>();
  for (const { id, weight = 1 } of inOrder(pieces).reverse()) {
    const after = pieces.filter(({ dependsOn }) => dependsOn.includes(id));
    ways.set(id, weight + Math.max(0, ...after.map((each) => ways.get(each.id) ?? 0)));
  }
  return ways;
}
