import { Role } from "../roles/role.ts";
import type { RunContext } from "../state/context.ts";

/** Who works in a run: the run's own role of that name, if it has one. */
export function roleOf<Given extends Role | string>(
  role: Given,
  context: RunContext | undefined,
): Given | Role {
  const name = typeof role === "string" ? role : role.name;
  const given = context?.roles?.find((each) => each.name === name);
  return given ? Role.parse(given) : role;
}
