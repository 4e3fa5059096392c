import { z } from "zod";
import { UsageError } from "../errors.ts";
import { isDuplicate } from "./duplicates.ts";
import { misfitOf } from "./misfit.ts";

/** What several things that a workflow was given have to be; `what` names them in the plural. */
export interface NamedOptions<Schema extends z.ZodType<{ name: string }>> {
  what: string;
  schema: Schema;
  least: number;
  most: number;
}

/**
 * Several things that a workflow was given, each by a name of its own.
 *
 * @throws UsageError `BAD_…` unless there are as many as there may be, each fits the schema, and no two share a name
 */
export function uniquelyNamed<Schema extends z.ZodType<{ name: string }>>(
  given: readonly z.input<Schema>[],
  { what, schema, least, most }: NamedOptions<Schema>,
): z.output<Schema>[] {
  const code = `BAD_${what.toUpperCase()}`;
  const parsed = z.array(schema).min(least).max(most).safeParse(given);
  if (!parsed.success) throw new UsageError(code, `${what} cannot be used: ${misfitOf(parsed.error)}`);
  const names = parsed.data.map(({ name }) => name);
  const twice = names.find(isDuplicate);
  if (twice === undefined) return parsed.data;
  throw new UsageError(code, `Two ${what} are called "${twice}"; give each a name of its own.`);
}
