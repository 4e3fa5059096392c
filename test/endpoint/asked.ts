/** A request for text. */
export const ASK = { model: "m", messages: [{ role: "user" as const, content: "Explain it." }] };
/** A strict schema. */
export const YES = {
  type: "object",
  properties: { yes: { type: "boolean" } },
  required: ["yes"],
  additionalProperties: false,
};
/** A request for a structured answer by schema; then by a forced tool, and in JSON mode. */
export const BY_SCHEMA = {
  ...ASK,
  response_format: { type: "json_schema" as const, json_schema: { name: "Yes", strict: true, schema: YES } },
};
export const BY_TOOL = {
  ...ASK,
  tools: [{ type: "function" as const, function: { name: "Yes", parameters: YES, strict: true } }],
  tool_choice: { type: "function" as const, function: { name: "Yes" } },
};
export const BY_JSON = {
  ...ASK,
  messages: [{ role: "user" as const, content: "Give JSON for Yes." }],
  response_format: { type: "json_object" as const },
};
