import type { JsonSchema } from "../strict-schema.ts";

/** A tool that a request may use. */
export interface OfferedTool {
  name: string;
  description: string;
  parameters: JsonSchema;
}

/** A tool and what to call it with. */
export interface Use {
  name: string;
  args: Record<string, unknown>;
}

/** Whether a tool takes a text under a name. */
export function hasText({ parameters }: OfferedTool, key: string): boolean {
  const properties = parameters["properties"];
  if (typeof properties !== "object" || properties === null || !(key in properties)) return false;
  return (properties as Record<string, JsonSchema>)[key]?.["type"] === "string";
}
