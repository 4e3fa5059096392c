import type { JsonSchema } from "../strict-schema.ts";

/** What a schema asks of a length or a number. */
export interface Limits {
  least: number;
  most: number;
}

const EXCLUSIVE_STEP = 1e-6;

/**
 * A schema's limits by its keywords or, as strict endpoints want them, by the words in its
 * description: "(at least 0, at most 10)", "(at most 5 items)".
 */
export function limitsOf(schema: JsonSchema, kind: "value" | "items" | "characters"): Limits {
  const { low, high } = {
    value: { low: "minimum", high: "maximum" },
    items: { low: "minItems", high: "maxItems" },
    characters: { low: "minLength", high: "maxLength" },
  }[kind];
  const unit = kind === "value" ? "(?! items| characters)" : ` ${kind}`;
  const least = [numeric(schema[low]), said(schema, `at least (-?[\\d.]+)${unit}`)];
  const most = [numeric(schema[high]), said(schema, `at most (-?[\\d.]+)${unit}`)];
  if (kind === "characters" && /\(.*\bnot empty\b.*\)$/.test(descriptionOf(schema))) least.push(1);
  if (kind === "value") {
    const step = schema["type"] === "integer" ? 1 : EXCLUSIVE_STEP;
    least.push(moved(numeric(schema["exclusiveMinimum"]) ?? said(schema, "more than (-?[\\d.]+)"), step));
    most.push(moved(numeric(schema["exclusiveMaximum"]) ?? said(schema, "less than (-?[\\d.]+)"), -step));
  }
  const floor = kind === "value" ? Number.NEGATIVE_INFINITY : 0;
  return {
    least: Math.max(floor, ...least.filter((limit) => limit !== undefined)),
    most: Math.min(Number.POSITIVE_INFINITY, ...most.filter((limit) => limit !== undefined)),
  };
}

export const descriptionOf = (schema: JsonSchema) =>
  typeof schema["description"] === "string" ? schema["description"] : "";

const numeric = (value: unknown) => (typeof value === "number" ? value : undefined);

function said(schema: JsonSchema, pattern: string): number | undefined {
  const [limits] = /\([^()]*\)$/.exec(descriptionOf(schema)) ?? [];
  const [, number] = new RegExp(pattern).exec(limits ?? "") ?? [];
  return number === undefined ? undefined : Number(number);
}

const moved = (limit: number | undefined, by: number) =>
  limit === undefined ? undefined : limit + by * Math.max(1, Math.abs(limit));
