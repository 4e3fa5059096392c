import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import type { Role } from "../roles/role.ts";
import { Source } from "../state/passage.ts";
import { AgentWork } from "./agent-work.ts";
import type { AskOptions } from "./ask.ts";
import type { NodeConfig } from "./fields.ts";

/** What a tool gave that did work: a test run, say. */
export const Evidence = z.object({
  tool: z.string().describe("The tool's name."),
  text: z.string().describe("What it answered."),
  artifact: z.unknown().describe("The same for programs; the tool says what it is."),
});
export type Evidence = z.infer<typeof Evidence>;

/** What an agent brings back. */
export const AgentReport = z.object({
  text: z.string().describe("The agent's answer, citing its sources as [1]."),
  sources: z.array(Source).describe("The passages that the agent was shown, by number."),
  evidence: z.array(Evidence).default([]).describe("What its tools gave as evidence, the newest last."),
  ended: z
    .enum(["answered", "out_of_turns", "out_of_tokens", "stalled", "budget_low", "misfit"])
    .describe("Why the agent stopped; misfit: its answer does not keep to what it has to be."),
});
export type AgentReport = z.infer<typeof AgentReport>;

/** A role with tools. */
export interface AgentOptions<State, Field extends string> extends Omit<AskOptions<State, Field>, "role"> {
  /**
   * Who works: a role as data, whose grants decide on its tools; or a name, with leave to call every tool here.
   * The run's role of the same name takes its place.
   */
  role: Role | string;
  /**
   * A role gets of these, and of the run's own, what its grants name. As a function they are looked up at each
   * use.
   */
  tools: readonly StructuredToolInterface[] | (() => readonly StructuredToolInterface[]);
  /** Rounds of tool calls; then the agent answers with what it has. The role's own limit, or 6, unless given. */
  maxTurns?: number;
  /** The cited texts of others that the prompt shows: what the agent finds is numbered after their sources. */
  cited?: (state: State) => readonly { text: string; sources: readonly Source[] }[];
  /** Why a report cannot be taken, in words that the role can act on: it is sent back with them, at most twice. */
  check?: ((report: Pick<AgentReport, "text" | "evidence">) => string | undefined) | undefined;
}

/**
 * A node in which a role works with tools until it answers: each model call and each tool call is a task of its
 * own.
 *
 * A call is made only with leave: by the role's grants and their rules on arguments, and by a person's approval
 * where a grant asks for it, which suspends the run by an interrupt of the kind "approval". A call that is denied,
 * a tool that does not exist, that throws, or that is called again with the same arguments answers with a message
 * the role can act on; so does a call beyond the 16th of one turn. One call in three turns suspends the run as
 * stalled, and a resume has the role answer without tools, as it does at once in a branch and where the budget is
 * nearly used up.
 *
 * What tools give is shown to the model as material; passages are numbered over all searches.
 */
export function agent<State, Field extends string>(options: AgentOptions<State, Field>) {
  const { into, prompt, cited } = options;
  return async (state: State, { context }: NodeConfig) => {
    const work = new AgentWork(options, { prompt: prompt(state), cited: cited?.(state) ?? [], context });
    return { [into]: await work.report() } as Record<Field, AgentReport>;
  };
}
