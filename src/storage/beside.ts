import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import type { Ledger } from "./ledger.ts";
import { MemoryLedger } from "./memory-ledger.ts";

const ledgers = new WeakMap<BaseCheckpointSaver, () => Ledger>();

/** Says which ledger keeps the runs of a checkpointer. */
export function keepBeside(checkpointer: BaseCheckpointSaver, ledger: () => Ledger): void {
  ledgers.set(checkpointer, ledger);
}

/**
 * The ledger beside a checkpointer: that of its storage, or for a saver of the caller's own one in
 * this process's memory, which forgets what was spent when the process ends.
 */
export function ledgerBeside(checkpointer: BaseCheckpointSaver): Ledger {
  const known = ledgers.get(checkpointer);
  if (known) return known();
  const ledger = new MemoryLedger();
  keepBeside(checkpointer, () => ledger);
  return ledger;
}
