import { z } from "zod";

/**
 * A graph's input or output that Studio can show. Beside a `StateSchema`, Studio's server reads only
 * what has these two methods, and would ask for nothing where the input is a plain zod object.
 */
export function described<Schema extends z.ZodObject>(schema: Schema): Schema {
  const getJsonSchema = () => z.toJSONSchema(schema, { target: "draft-7", io: "input" });
  return Object.assign(schema, { getJsonSchema, getInputJsonSchema: getJsonSchema });
}
