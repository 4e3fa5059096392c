import { z } from "zod";

/** A JSON Schema, as far as fields are looked up in it. */
export interface FieldSchema {
  description?: string;
  properties?: Record<string, FieldSchema>;
  items?: FieldSchema;
  additionalProperties?: FieldSchema | boolean;
  anyOf?: FieldSchema[];
}

/** The way to a field: names of fields and positions in lists. */
export type FieldPath = readonly PropertyKey[];

/** The schema of an object as fields are looked up in it. */
export const fieldsOf = (schema: z.ZodType): FieldSchema =>
  z.toJSONSchema(schema, { io: "input" }) as FieldSchema;

/** The schema of a field; undefined where there is no such field. */
export function fieldAt(schema: FieldSchema, path: FieldPath): FieldSchema | undefined {
  let at: FieldSchema | undefined = schema;
  for (const step of path) at = at && below(at, step);
  return at;
}

/** The names of the fields that may stand at a path. */
export function fieldNames(schema: FieldSchema, path: FieldPath): string[] {
  const { properties, anyOf = [] }: FieldSchema = fieldAt(schema, path) ?? {};
  return Object.keys(properties ?? anyOf.find((each) => each.properties)?.properties ?? {});
}

function below(schema: FieldSchema, step: PropertyKey): FieldSchema | undefined {
  const { additionalProperties: others } = schema;
  const kinds = [schema, ...(schema.anyOf ?? [])];
  if (typeof step === "number") return kinds.find(({ items }) => items)?.items;
  const named = kinds.find(({ properties }) => properties?.[String(step)])?.properties?.[String(step)];
  return named ?? (typeof others === "object" ? others : undefined);
}
