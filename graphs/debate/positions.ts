import { z } from "zod";
import { defineRole, Role } from "../../src/roles/role.ts";
import { uniquelyNamed } from "../../src/state/uniquely-named.ts";

/** What is argued for in a debate, and by whom: the name is also the role that speaks. */
export const Position = Role.pick({
  name: true,
  background: true,
  expertise: true,
  personality: true,
  model: true,
}).extend({
  stance: z.string().trim().min(1).describe("What the position says, in one sentence."),
});
export type Position = z.infer<typeof Position>;

const FEWEST = 2;
const MOST = 5;

/** Who debates unless a workflow says otherwise. */
export const POSITIONS: readonly z.input<typeof Position>[] = [
  {
    name: "for",
    stance:
      "Yes, for what it gains and makes possible; where the question names alternatives, the first of them.",
    expertise: ["suits", "worth"],
  },
  {
    name: "against",
    stance:
      "No, for what it costs, what limits it and what it puts at risk; where the question names alternatives, the last of them.",
    expertise: ["limits", "costs", "loss", "failure"],
  },
];

/**
 * The positions that a debate was given.
 *
 * @throws UsageError unless they are 2 to 5, each with a name of its own that can be a role's, and a stance
 */
export const positionsIn = (given: readonly z.input<typeof Position>[]): Position[] =>
  uniquelyNamed(given, { what: "positions", schema: Position, least: FEWEST, most: MOST });

/** The role that speaks for a position. */
export const speakerFor = ({ stance, ...role }: Position): Role =>
  defineRole({
    ...role,
    goal: `Argue in a debate for this position: ${stance}`,
    responsibilities: [
      "Answers what the others said last, each at its strongest point.",
      "Grants what is right in it, and claims nothing that no source and no reason supports.",
    ],
  });
