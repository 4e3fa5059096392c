import { z } from "zod";

/** How it is chosen to whom a task is given. */
export const Strategy = z.enum(["expertise", "round_robin", "least_loaded", "model"]);
export type Strategy = z.infer<typeof Strategy>;

const reason = z.string().describe("Why, in words for people and prompts.");

/** To whom a task was given, or that nobody fits; a graph keeps them in a log. */
export const Delegation = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("delegated"),
    to: z.string().describe("The role that the task was given to."),
    by: Strategy.describe("How it was chosen."),
    reason,
  }),
  z.object({ status: z.literal("no_one_fits"), reason }),
]);
export type Delegation = z.infer<typeof Delegation>;

/** How many tasks each role has in flight; nothing stands for none. */
export type Load = Readonly<Record<string, number>>;

/** The tasks in flight, of recorded delegations and the names of those who have ended one, each as often as it has. */
export function loadOf(delegations: readonly Delegation[], ended: readonly string[]): Load {
  const load = new Map<string, number>();
  for (const each of delegations) {
    if (each.status === "delegated") load.set(each.to, (load.get(each.to) ?? 0) + 1);
  }
  for (const name of ended) load.set(name, Math.max(0, (load.get(name) ?? 0) - 1));
  return Object.fromEntries(load);
}

/** The one after whom round robin chose last; the first if it has not chosen yet. Undefined of nobody. */
export function nextInTurn(names: readonly string[], delegations: readonly Delegation[]): string | undefined {
  const last = delegations.findLast((each) => each.status === "delegated" && each.by === "round_robin");
  const at = last?.status === "delegated" ? names.indexOf(last.to) : -1;
  return names[(at + 1) % names.length];
}

/** The one with the fewest tasks in flight; the first of several. Undefined of nobody. */
export function leastLoaded(names: readonly string[], load: Load): string | undefined {
  const least = Math.min(...names.map((name) => load[name] ?? 0));
  return names.find((name) => (load[name] ?? 0) === least);
}
