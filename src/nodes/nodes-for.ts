import type { StateSchema } from "@langchain/langgraph";
import type { z } from "zod";
import type { Verdict } from "../outcomes/verdict.ts";
import type { Note, Source } from "../state/passage.ts";
import { type AgentOptions, type AgentReport, agent } from "./agent.ts";
import { type AskOptions, ask } from "./ask.ts";
import type { FieldFor, NodeConfig } from "./fields.ts";
import { type JudgeOptions, judge } from "./judge.ts";
import { type ResearchOptions, research } from "./research.ts";
import { resetting } from "./resetting.ts";
import { type RouteOptions, route } from "./route.ts";
import { type SynthesizeOptions, synthesize } from "./synthesize.ts";

type Fields = ConstructorParameters<typeof StateSchema>[0];

/**
 * The shared nodes, typed for one state: `into` takes only channels that can hold what the node
 * writes, and `prompt` reads only what the state has.
 */
export function nodesFor<F extends Fields>(schema: StateSchema<F>) {
  type State = (typeof schema)["State"];
  type Update = (typeof schema)["Update"];
  return {
    ask: <Field extends FieldFor<Update, string>>(options: AskOptions<State, Field>) => ask(options),
    judge: <Field extends FieldFor<Update, Verdict>>(options: JudgeOptions<State, Field>) => judge(options),
    route: <Schema extends z.ZodObject, Field extends FieldFor<Update, z.infer<Schema>>>(
      options: RouteOptions<State, Field, Schema>,
    ) => route(options),
    research: <NotesField extends FieldFor<Update, Note[]>, SourcesField extends FieldFor<Update, Source[]>>(
      options: ResearchOptions<State, NotesField, SourcesField>,
    ) => research(options),
    agent: <Field extends FieldFor<Update, AgentReport>>(options: AgentOptions<State, Field>) =>
      agent(options),
    resetting: <Result extends Update>(
      resets: Update,
      node: (state: State, config: NodeConfig) => Promise<Result>,
    ) => resetting<State, Update, Result>(resets, node),
    synthesize: <Field extends FieldFor<Update, string>>(options: SynthesizeOptions<State, Field>) =>
      synthesize(options),
  };
}
