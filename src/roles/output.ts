import { z } from "zod";
import { messageOf, RoleError } from "../errors.ts";
import { misfitOf } from "../state/misfit.ts";
import type { Role } from "./role.ts";

/**
 * Why an answer does not keep to a role's output contract, in words that the role can act on; undefined where it
 * does, or where the contract has no schema.
 *
 * @throws RoleError for a schema that is none
 */
export function outputFault(
  { name, output }: Pick<Role, "name" | "output">,
  text: string,
): string | undefined {
  if (!output?.schema) return undefined;
  const schema = schemaOf(name, output.schema);
  const json = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;
  try {
    const parsed = schema.safeParse(JSON.parse(json));
    return parsed.success ? undefined : misfitOf(parsed.error);
  } catch (error) {
    return `It is not JSON: ${messageOf(error)}`;
  }
}

function schemaOf(role: string, json: Record<string, unknown>): z.ZodType {
  try {
    return z.fromJSONSchema(json as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (cause) {
    const message = `The output schema of the role "${role}" is no JSON Schema: ${messageOf(cause)}`;
    throw new RoleError(message, { cause });
  }
}
