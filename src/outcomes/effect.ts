/** What is known of an act on the outside world when someone sets about it. */
export type EffectClaim =
  /** Nobody had begun it: it is the claimant's to do. */
  | { state: "claimed" }
  /** It was done, with this result. */
  | { state: "done"; result: unknown }
  /** Someone had begun it and not said how it went; `reason` says why it is not known, where that is known. */
  | ({ state: "unknown" } & OpenClaim);

/** The claim of an act that may have been done or not. */
export interface OpenClaim {
  owner: string;
  /** ISO 8601. */
  since: string;
  reason: string | null;
}

/**
 * Acts on the outside world, each recorded under a key within a scope: claimed before, done after, whatever
 * the order. Atomic over all processes that share the ledger.
 */
export interface EffectLog {
  /** Claims an act for its owner; whoever comes later, the owner too, is told what is known of it. */
  claim(scope: string, key: string, owner: string): Promise<EffectClaim>;
  /** Records that a claimed act was done, once; a second result changes nothing. `result` is JSON. */
  fulfil(scope: string, key: string, result: unknown): Promise<void>;
  /** Records why it is not known whether a claimed act was done. */
  doubt(scope: string, key: string, reason: string): Promise<void>;
  /** Forgets the claim of an act that certainly was not done; one that was done stays. */
  disclaim(scope: string, key: string): Promise<void>;
}

/** Where the acts of a run are recorded. */
export interface Effects {
  log: EffectLog;
  /** Within what a key means one act: a run, all its resumes included. */
  scope: string;
  /** Who claims now: one stretch of the run, in one process. */
  owner: string;
}
