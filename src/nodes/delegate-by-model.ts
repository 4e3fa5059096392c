import { z } from "zod";
import { block, prompt } from "../models/prompt.ts";
import type { Delegation } from "../outcomes/delegation.ts";
import type { Role } from "../roles/role.ts";
import type { RunContext } from "../state/context.ts";
import { structured } from "./decide.ts";

/** The choice of nobody. */
export const NOBODY = "none";

/** What a model chooses from. */
interface Choosing {
  task: string;
  to: readonly Role[];
  role: string | undefined;
}

/** Has a model choose to whom a task is given; what it answers counts only if it names one of the roles, or nobody. */
export async function chosenByModel(
  { task, to, role = "delegator" }: Choosing,
  context: RunContext | undefined,
): Promise<Delegation> {
  const names = [...to.map(({ name }) => name), NOBODY];
  const schema = z.object({
    to: z.enum(names).describe(`Who gets the task; ${NOBODY} if no one of them fits.`),
    reason: z.string().trim().min(1).describe("Why, in one sentence."),
  });
  const answer = await structured({ role, prompt: asking(task, to), name: "Delegation", schema }, context);
  if ("fault" in answer) {
    return { status: "no_one_fits", reason: `The ${role} gave no valid choice: ${answer.fault}` };
  }
  const { to: chosen, reason } = answer.value;
  if (chosen === NOBODY) return { status: "no_one_fits", reason };
  return { status: "delegated", to: chosen, by: "model", reason };
}

const asking = (task: string, to: readonly Role[]) =>
  prompt(
    "You are a dispatcher. Choose who is given the task below.",
    block("task", task),
    block("choices", [...to.map(choice), `- ${NOBODY}: no one of them fits`].join("\n")),
    block(
      "instructions",
      `Choose the one whose work the task is, by what it is good at. Choose ${NOBODY} rather than someone who would have to guess. Say in one sentence why.`,
    ),
  );

/** A role on one line, however its text is written. */
const choice = ({ name, goal, expertise }: Role) =>
  `- ${name}: ${[goal, expertise.join(", ")].filter(Boolean).join(" ").replace(/\s+/g, " ")}`;
