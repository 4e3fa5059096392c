import { z } from "zod";
import { SettingsError } from "../errors.ts";
import { candidatesFor } from "../models/candidates.ts";
import type { Budget } from "../outcomes/spend.ts";
import { settings } from "../settings.ts";
import type { Models } from "../state/context.ts";
import type { RunRecord } from "../storage/ledger.ts";
import { priceOf } from "../telemetry/prices.ts";

const Names = z.union([z.string(), z.array(z.string())]);
const NamedModels = z.union([Names, z.record(z.string(), Names)]);

/** A choice of models as a run's record holds it: one name as it is, several as JSON; null where one is live. */
export function namesOf(models: Models | undefined): string | null {
  const named = NamedModels.safeParse(models);
  if (!named.success) return null;
  return typeof named.data === "string" ? named.data : JSON.stringify(named.data);
}

/** The models that a run's record names, if it names any. */
export function modelsOf({ model }: RunRecord): Models | undefined {
  if (model === null) return undefined;
  return /^[[{]/.test(model) ? NamedModels.parse(JSON.parse(model)) : model;
}

/**
 * Checks that the models of a run can be found and, under a cap in US dollars, priced.
 *
 * @throws SettingsError
 */
export async function checkModels(models: Models | undefined, { usd }: Budget): Promise<void> {
  for (const role of rolesOf(models)) {
    for (const candidate of candidatesFor(role, models)) {
      if (usd === undefined) continue;
      const price = await priceOf(candidate, { input_tokens: 1, output_tokens: 1 });
      if (price !== null) continue;
      throw unpriced(`The price of "${candidate.name}"`, ", or use a model with a known price");
    }
  }
}

/** Refuses a cap that cannot hold: what it caps has no known price. */
export const unpriced = (what: string, instead = "") =>
  new SettingsError(
    "budget",
    `${what} is not known, so a cap in US dollars cannot hold; cap calls or tokens instead${instead}.`,
  );

/** The roles that the models, or else the settings, set apart; "default" stands for all others. */
function rolesOf(models: Models | undefined): string[] {
  if (models === undefined) return ["default", ...Object.keys(settings().roles)];
  const byRole = typeof models === "object" && !Array.isArray(models) && !("invoke" in models);
  return byRole ? ["default", ...Object.keys(models)] : ["default"];
}
