/** What this folder reads of a JSON schema. */
export interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: unknown;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  definitions?: Record<string, JsonSchema>;
  [keyword: string]: unknown;
}

/** Whether a value is an object with fields. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a local reference (`#`, `#/$defs/Name`) stands for. */
export function resolveRef(root: JsonSchema, ref: string): JsonSchema | undefined {
  if (!ref.startsWith("#")) return undefined;
  let found: unknown = root;
  for (const step of ref.split("/").slice(1)) {
    if (!isRecord(found) && !Array.isArray(found)) return undefined;
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    found = Object.entries(found).find(([name]) => name === key)?.[1];
  }
  return isRecord(found) ? found : undefined;
}
