import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { AgentReport } from "../../src/nodes/index.ts";
import { Delegation } from "../../src/outcomes/delegation.ts";
import { Ending } from "../../src/outcomes/termination.ts";
import { log, mailboxes, spending } from "../../src/state/channels.ts";

/** Whose work can be sent back. */
export const Worker = z.enum(["code", "research"]);
export type Worker = z.infer<typeof Worker>;

/** Who can be given work. */
export const Specialist = z.enum([...Worker.options, "qa"]);
export type Specialist = z.infer<typeof Specialist>;

/** What a quality engineer finds of the others' reports. */
export const Check = z.object({
  approved: z.boolean().describe("Whether the reports can be used for the answer as they are."),
  objections: z
    .array(
      z.object({
        to: Worker.describe("Whose report it is."),
        problem: z.string().min(1).describe("What is wrong or missing."),
        change: z.string().min(1).describe("What exactly has to be changed."),
      }),
    )
    .describe("What has to be mended, most important first; empty if it is approved."),
});
export type Check = z.infer<typeof Check>;

/** What the supervisor keeps of a delegation: the report, not the specialist's conversation. */
export const Report = AgentReport.extend({
  from: Specialist.describe("Who reported."),
  instruction: z.string().describe("What was asked."),
  check: Check.nullable().default(null).describe("What qa found; null in the others' reports."),
});
export type Report = z.infer<typeof Report>;

/** The supervisor's choice after each report. */
export const Decision = z.object({
  next: z.enum([...Specialist.options, "finish"]).describe("Who works next, or finish."),
  instruction: z.string().describe("What exactly the specialist is to do; empty if it is finish."),
  reason: z.string().describe("Why, in one sentence."),
});
export type Decision = z.infer<typeof Decision>;

/** Why the delegations end where the supervisor chose to finish. */
export const ENOUGH = "the supervisor has what it needs";

/** A decision as it is kept. */
export const Decided = Decision.extend({
  obstacle: z
    .string()
    .optional()
    .describe("Why nobody works next, where the supervisor did not choose to finish."),
});
export type Decided = z.infer<typeof Decided>;

/** Work that qa sends back to who did it. */
export const Rework = z.object({
  to: Worker.describe("Whose work it is."),
  instruction: z.string().describe("What was asked, and what is to be mended."),
});
export type Rework = z.infer<typeof Rework>;

/** What the person says whom the work is done for. */
export const Ruling = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("go_on").describe("Agree: go on, or take the answer as it is.") }),
  z.strictObject({
    action: z.literal("change").describe("Have something done differently."),
    instruction: z.string().trim().min(1).describe("What is to be done differently."),
  }),
  z.strictObject({ action: z.literal("finish").describe("Stop here: answer with what there is.") }),
]);
export type Ruling = z.infer<typeof Ruling>;

/** What a supervisor is given. */
export const Input = z.strictObject({
  task: z.string().trim().min(1).describe("What is to be done."),
  human: z
    .enum(["never", "end", "always"])
    .default("never")
    .describe("When you are consulted: never, on the answer, or after every step."),
});

/** What it comes to. */
export const Output = z.object({
  answer: z.string().describe("The answer in Markdown, citing the reports' sources as [1]."),
  reports: z.array(Report).describe("What the specialists reported, oldest first."),
  ended: Ending.nullable().describe("Why the delegations ended; null while they go on."),
});

const KEPT_MESSAGES = 30;

/** What its nodes read and write. */
export const SupervisorState = new StateSchema({
  ...Input.shape,
  ...Output.shape,
  reports: log(Report, Output.shape.reports.description),
  steps: z.string().describe("The plan: who is to do what."),
  decisions: log(Decided, "What the supervisor decided, oldest first."),
  rework: z
    .array(Rework)
    .default([])
    .describe(
      "What qa sends back and is not mended yet; the first is next, unless the supervisor decides anew.",
    ),
  delegations: log(Delegation, "To whom tasks were given where the supervisor does not choose itself."),
  rulings: log(Ruling, "What the person said when consulted."),
  mail: mailboxes({
    members: ["supervisor", ...Specialist.options],
    keep: KEPT_MESSAGES,
    description: "What the supervisor and the specialists wrote to each other.",
  }),
  spent: spending(),
});
export type State = typeof SupervisorState.State;
