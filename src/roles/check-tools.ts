import { RoleError } from "../errors.ts";
import { nearest } from "./nearest.ts";
import type { Role } from "./role.ts";
import { problemOf } from "./role-problems.ts";

/**
 * Checks that there are all the tools that roles name.
 *
 * @throws RoleError naming each tool that there is none of, and those that there are
 */
export function checkTools(roles: Role | readonly Role[], available: readonly string[]): void {
  const all: readonly Role[] = "name" in roles ? [roles] : roles;
  const problems = all.flatMap(({ name, tools }) =>
    tools.flatMap(({ tool }, at) => {
      if (available.includes(tool)) return [];
      const meant = nearest(tool, available)[0];
      const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
      const message = `The role ${name} names the tool ${JSON.stringify(tool)}, which there is none of${hint || "."}`;
      return [problemOf(`tools[${at}]`, message)];
    }),
  );
  if (problems.length === 0) return;
  const there = available.length > 0 ? `There are: ${available.join(", ")}.` : "There are no tools at all.";
  throw new RoleError([...problems.map(({ message }) => message), there].join("\n"), { problems });
}
