import { z } from "zod";
import { RunContext } from "./context.ts";

/**
 * A graph's input or output that Studio can show. Beside a `StateSchema`, Studio's server reads only
 * what has these two methods, and would ask for nothing where the input is a plain zod object.
 */
export function described<Schema extends z.ZodObject>(schema: Schema): Schema {
  const getJsonSchema = () => z.toJSONSchema(schema, { target: "draft-7", io: "input" });
  return Object.assign(schema, { getJsonSchema, getInputJsonSchema: getJsonSchema });
}

/** What a `StateGraph` is given beside its state: what it takes and gives, as Studio can show it, and what it is run with. */
export const schemas = <Input extends z.ZodObject, Output extends z.ZodObject>(
  input: Input,
  output: Output,
) => ({ input: described(input), output: described(output), context: RunContext });
