import type { BaseCheckpointSaver } from "@langchain/langgraph";
import type { Ledger } from "../../src/storage/ledger.ts";
import type { Storage } from "../../src/storage/open.ts";

/** What a process writes: to the checkpoints, to the ledger, there that an effect was done, and to the outside world. */
type Write = "checkpoint" | "entry" | "record" | "act";

/** What a process is killed at: an answer of the endpoint, or its own writing. */
type Event = "answer" | Write;

/** Where the process is killed: before or after its n-th event of a kind, counted from 0. */
export interface Kill {
  at: Event;
  n: number;
  when: "before" | "after";
}

/** How many events of each kind a whole run has. */
export type Counts = Record<Event, number>;

const SAVER_WRITES: readonly (keyof BaseCheckpointSaver)[] = ["put", "putWrites"];
const LEDGER_WRITES: readonly (keyof Ledger)[] = [
  "begin",
  "update",
  "reserve",
  "settle",
  "settleOpen",
  "nodeEnded",
  "claim",
  "doubt",
  "disclaim",
];

/** The ledger's entry that an effect was done: before it, the act stands and nobody knows. */
const RECORD: keyof Ledger = "fulfil";

/**
 * Every point at which a run of that length can be killed. Of the ledger's entries those after each: nothing
 * but an answer, a checkpoint or an act stands between an entry and the next.
 */
export const everyPoint = (counts: Counts): Kill[] => [
  ...pointsAt("answer", counts),
  ...pointsAt("checkpoint", counts),
  ...pointsAt("entry", counts).filter(({ n, when }) => n === 0 || when === "after"),
  ...pointsAt("record", counts),
  ...pointsAt("act", counts),
];

/** One of three by turns: a row's place in the list says which. */
export const onePoint =
  (place: number) =>
  (counts: Counts): Kill[] => {
    const three = threePoints(counts);
    return three.filter((_, n) => n === place % three.length);
  };

/** A call in the middle, an early checkpoint, and the last act, or without any the last record of one, or the last entry. */
const threePoints = ({ answer, checkpoint, entry, record, act }: Counts): Kill[] => [
  { at: "answer", n: Math.floor(answer / 2), when: "before" },
  { at: "checkpoint", n: Math.floor(checkpoint / 3), when: "after" },
  lastOf(act, record, entry),
];

function lastOf(act: number, record: number, entry: number): Kill {
  if (act > 0) return { at: "act", n: act - 1, when: "after" };
  if (record > 0) return { at: "record", n: record - 1, when: "before" };
  return { at: "entry", n: entry - 1, when: "before" };
}

/** So many of all points, evenly spread, and the three. */
export const pointsSpread =
  (most: number) =>
  (counts: Counts): Kill[] => {
    const all = everyPoint(counts);
    const step = Math.max(1, all.length / most);
    const spread = Array.from({ length: Math.min(most, all.length) }, (_, n) => all[Math.floor(n * step)]);
    const chosen = [...threePoints(counts), ...spread.flatMap((kill) => kill ?? [])];
    return [...new Map(chosen.map((kill) => [JSON.stringify(kill), kill])).values()];
  };

const pointsAt = (at: Event, counts: Counts) =>
  Array.from({ length: counts[at] }, (_, n): Kill[] => [
    { at, n, when: "before" },
    { at, n, when: "after" },
  ]).flat();

/** Counts what this process writes, of which one is the last thing that it does. */
export class Watch {
  readonly written = { checkpoint: 0, entry: 0, record: 0, act: 0 };
  readonly #kill: Kill | undefined;

  constructor(kill?: Kill) {
    this.#kill = kill;
  }

  /** The same storage, watched. */
  storage({ checkpointer, ledger }: Storage): Pick<Storage, "checkpointer" | "ledger"> {
    return {
      checkpointer: this.#watched(checkpointer, SAVER_WRITES, "checkpoint"),
      ledger: this.#watched(ledger, LEDGER_WRITES, "entry"),
    };
  }

  /** Does an act on the outside world, watched. */
  readonly act = <Result>(work: () => Result) => this.#write("act", work);

  #watched<Target extends object>(target: Target, writes: readonly (keyof Target)[], kind: Write): Target {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name === RECORD) {
          return (...given: unknown[]) => this.#write("record", () => Reflect.apply(value, target, given));
        }
        if (!writes.some((write) => write === name)) return value.bind(target);
        return (...given: unknown[]) => this.#write(kind, () => Reflect.apply(value, target, given));
      },
    });
  }

  async #write<Result>(kind: Write, work: () => Result): Promise<Awaited<Result>> {
    const n = this.written[kind]++;
    const when = this.#kill?.at === kind && this.#kill.n === n ? this.#kill.when : undefined;
    if (when === "before") return die();
    const result = await work();
    return when === "after" ? die() : result;
  }
}

/** Ends this process as a power failure does, and never returns. */
function die(): Promise<never> {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {});
}
