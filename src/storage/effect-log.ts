import type { EffectClaim, EffectLog, OpenClaim } from "../outcomes/effect.ts";
import { resultJson } from "./record.ts";

interface Act extends OpenClaim {
  /** JSON; null until the act was done. */
  result: string | null;
}

/** The acts that a process keeps in memory, by scope. */
export class MemoryEffectLog implements EffectLog {
  readonly #scopes = new Map<string, Map<string, Act>>();

  async claim(scope: string, key: string, owner: string): Promise<EffectClaim> {
    const acts = this.#scopes.get(scope) ?? new Map<string, Act>();
    this.#scopes.set(scope, acts);
    const known = acts.get(key);
    if (known?.result) return { state: "done", result: JSON.parse(known.result) };
    if (known) return { state: "unknown", owner: known.owner, since: known.since, reason: known.reason };
    acts.set(key, { owner, since: new Date().toISOString(), reason: null, result: null });
    return { state: "claimed" };
  }

  async fulfil(scope: string, key: string, result: unknown): Promise<void> {
    const act = this.#open(scope, key);
    if (act) act.result = resultJson(result);
  }

  async doubt(scope: string, key: string, reason: string): Promise<void> {
    const act = this.#open(scope, key);
    if (act) act.reason = reason;
  }

  async disclaim(scope: string, key: string): Promise<void> {
    if (this.#open(scope, key)) this.#scopes.get(scope)?.delete(key);
  }

  forget(scope: string): void {
    this.#scopes.delete(scope);
  }

  #open(scope: string, key: string): Act | undefined {
    const act = this.#scopes.get(scope)?.get(key);
    return act?.result === null ? act : undefined;
  }
}
