import type { StructuredToolInterface } from "@langchain/core/tools";
import type { BaseCheckpointSaver, BaseStore } from "@langchain/langgraph";
import { z } from "zod";
import { SettingsError, UsageError } from "../errors.ts";
import type { RunEvent } from "../events/events.ts";
import { candidatesFor, OFFLINE } from "../models/candidates.ts";
import { Budget } from "../outcomes/spend.ts";
import { settings } from "../settings.ts";
import type { Models } from "../state/context.ts";
import type { Ledger } from "../storage/ledger.ts";
import { priceOf } from "../telemetry/prices.ts";

/** How a graph is run. Everything absent comes from the settings, or from the run that is resumed. */
export interface RunOptions {
  /** The thread to run on; without it a new one. */
  thread?: string | undefined;
  /**
   * Goes on with the thread's unfinished run: the answer to its interrupt, or `{ [id]: answer }` for
   * several; `true` where nothing waits for an answer (after a crash, a failure, a spent budget).
   */
  resume?: unknown;
  /** Caps of the whole run; on resume, those given replace the earlier ones. */
  budget?: Budget | undefined;
  models?: Models | undefined;
  tools?: readonly StructuredToolInterface[] | undefined;
  /** Takes the place of the graph's own. */
  checkpointer?: BaseCheckpointSaver | undefined;
  store?: BaseStore | undefined;
  /** Takes the place of the one beside the checkpointer. */
  ledger?: Ledger | undefined;
  /** Cancels the run: its calls are stopped at once, and it can be resumed. */
  signal?: AbortSignal | undefined;
  /** Drains the run: the step that runs is finished and kept, then it ends as cancelled and can be resumed. */
  drain?: AbortSignal | undefined;
  /** Called with each event, in order, while the run goes on. */
  onEvent?: ((event: RunEvent) => void) | undefined;
}

/**
 * Checks what can be checked before anything is written.
 *
 * @throws UsageError for a budget or a model that cannot be
 */
export async function checkOptions({ budget, models, thread }: RunOptions): Promise<void> {
  if (thread !== undefined && !thread.trim()) throw new UsageError("BAD_THREAD", "The thread's id is empty.");
  const caps = Budget.safeParse(budget ?? {});
  if (!caps.success) {
    throw new UsageError(
      "BAD_BUDGET",
      `The budget cannot be used: ${z.prettifyError(caps.error).replace(/\s*\n\s*/g, " ")}`,
    );
  }
  for (const role of rolesOf(models)) {
    for (const candidate of candidatesFor(role, models)) {
      if (caps.data.usd === undefined) continue;
      const price = await priceOf(candidate, { input_tokens: 1, output_tokens: 1 });
      if (price === null) throw unpriced(candidate.name);
    }
  }
}

/** Caps without those that are given as undefined, which would lift the ones that they stand for. */
export const givenCaps = (budget: Budget | undefined): Budget =>
  Object.fromEntries(Object.entries(budget ?? {}).filter(([, cap]) => cap !== undefined));

/** The roles that the models, or else the settings, set apart; "default" stands for all others. */
function rolesOf(models: Models | undefined): string[] {
  if (models === undefined) return ["default", ...Object.keys(settings().roles)];
  const byRole = typeof models === "object" && !Array.isArray(models) && !("invoke" in models);
  return byRole ? ["default", ...Object.keys(models)] : ["default"];
}

const unpriced = (model: string) =>
  new SettingsError(
    "budget",
    `The price of "${model}" is not known, so a cap in US dollars cannot hold; cap calls or tokens instead${model === OFFLINE ? "" : ", or use a model with a known price"}.`,
  );
