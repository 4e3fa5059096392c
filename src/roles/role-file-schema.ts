import { z } from "zod";
import { Role } from "./role.ts";

/** What a role file holds: one role, or several below `roles`. An editor's `$schema` is let be. */
const RoleFile = z.union([
  Role.extend({ $schema: z.string().optional() }),
  z.strictObject({ $schema: z.string().optional(), roles: z.array(Role).min(1) }),
]);

/**
 * The JSON Schema of role files (draft 7, which editors know), by which an editor completes and checks them while
 * they are written.
 */
export function roleFileSchema(): object {
  return { title: "Roles of agents", ...z.toJSONSchema(RoleFile, { io: "input", target: "draft-7" }) };
}
