import { z } from "zod";
import { AgentReport } from "../../src/nodes/index.ts";

/** Who can be given work. */
export const Specialist = z.enum(["code", "research", "qa"]);

/** What the supervisor keeps of a delegation: the report, not the specialist's conversation. */
export const Report = AgentReport.extend({
  from: Specialist.describe("Who reported."),
  instruction: z.string().describe("What was asked."),
});
export type Report = z.infer<typeof Report>;

/** The supervisor's choice after each report. */
export const Decision = z.object({
  next: z.enum([...Specialist.options, "finish"]).describe("Who works next, or finish."),
  instruction: z.string().describe("What exactly the specialist is to do; empty if it is finish."),
  reason: z.string().describe("Why, in one sentence."),
});
export type Decision = z.infer<typeof Decision>;
