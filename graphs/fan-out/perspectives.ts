import { z } from "zod";
import { uniquelyNamed } from "../../src/state/uniquely-named.ts";

/** From where a question is looked at. The name is also the role that answers. */
export const Perspective = z.object({
  name: z.string().trim().min(1).describe("What the perspective is called; the model's role has this name."),
  brief: z.string().trim().min(1).describe("What is looked at from there."),
});
export type Perspective = z.infer<typeof Perspective>;

const MOST = 100;

/** Who is asked unless a workflow says otherwise. */
export const PERSPECTIVES: readonly Perspective[] = [
  {
    name: "technical",
    brief: "Architecture, processes, machines, transactions, speed, what survives a crash.",
  },
  {
    name: "business",
    brief: "Cost, price, budget, time, effort, people, what it is worth.",
  },
  {
    name: "security",
    brief: "Keys, passwords, access, data loss, damage, guarantees.",
  },
  {
    name: "user-experience",
    brief: "First run, installation, commands, defaults, waiting, errors, messages, resuming.",
  },
];

/**
 * The perspectives that a workflow was given.
 *
 * @throws UsageError unless they are 1 to 100, each with a name of its own and a brief
 */
export const perspectivesIn = (given: readonly Perspective[]): Perspective[] =>
  uniquelyNamed(given, { what: "perspectives", schema: Perspective, least: 1, most: MOST });
