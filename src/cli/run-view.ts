import type { Outcome } from "../outcomes/outcome.ts";
import { type Budget, type Cap, NOTHING_SPENT, type Spend } from "../outcomes/spend.ts";

/** A branch of a node. */
export interface BranchView {
  who: string;
  begun: number;
  ended: { status: Outcome<unknown>["status"]; why: string | undefined; ms: number } | undefined;
}

/** A node that runs. */
export interface NodeView {
  taskId: string;
  node: string;
  /** How often a node of this name has started, this time included. */
  round: number;
  begun: number;
  /** What its calls have spent; null where nodes of one name run side by side, since an event names only the node. */
  spend: Spend | null;
  branches: ReadonlyMap<string, BranchView>;
}

/** Something worth a line. */
export interface Said {
  kind: "started" | "ended" | "branch" | "note";
  at: number;
  /** The node in its round; empty for the whole run. */
  who: string;
  text: string;
  /** Whether it tells of something that went wrong. */
  fault: boolean;
  /** The node that ended. */
  node?: NodeView | undefined;
}

/** What is known of a run while it runs. Times are milliseconds since the epoch. */
export interface RunView {
  threadId: string;
  /** When this stretch of the run began; undefined before. */
  begun: number | undefined;
  budget: Budget;
  /** What the run had spent, and when that was told. */
  spend: Spend;
  spentAt: number;
  /** The cap whose soft threshold was passed last. */
  low: Cap | null;
  running: readonly NodeView[];
  rounds: ReadonlyMap<string, number>;
  /** What is not said twice. */
  told: ReadonlySet<string>;
  /** What the last event gives to say. */
  said: readonly Said[];
}

/** A run of which nothing is known yet. */
export const NOTHING_SEEN: RunView = {
  threadId: "",
  begun: undefined,
  budget: {},
  spend: NOTHING_SPENT,
  spentAt: 0,
  low: null,
  running: [],
  rounds: new Map(),
  told: new Set(),
  said: [],
};

/** A node in its round. */
export const named = (node: string, round: number): string => (round > 1 ? `${node} (${round})` : node);
