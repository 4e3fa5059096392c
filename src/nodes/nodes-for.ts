import type { StateSchema } from "@langchain/langgraph";
import type { z } from "zod";
import type { Verdict } from "../outcomes/verdict.ts";
import type { Note, Source } from "../state/passage.ts";
import { type AgentOptions, type AgentReport, agent } from "./agent.ts";
import { type AskOptions, ask } from "./ask.ts";
import { type AskHumanOptions, askHuman } from "./ask-human.ts";
import { type ComposeOptions, compose } from "./compose.ts";
import { counting, SPENT } from "./counting.ts";
import type { FieldFor, NodeConfig, NodeOf } from "./fields.ts";
import { type JudgeOptions, judge } from "./judge.ts";
import { type ResearchOptions, research } from "./research.ts";
import { resetting } from "./resetting.ts";
import { type RouteOptions, route } from "./route.ts";
import { stallable } from "./stallable.ts";
import { type SynthesizeOptions, synthesize } from "./synthesize.ts";

/** Lets no update through that names a channel which the state does not have. */
type Known<Result, Update> = [Exclude<keyof Result, keyof Update>] extends [never]
  ? unknown
  : { take: never };

type Fields = ConstructorParameters<typeof StateSchema>[0];

/**
 * The shared nodes, typed for one state: `into` takes only channels that can hold what the node
 * writes, and `prompt` reads only what the state has. If the state has the channel `spent`, each
 * node that asks models also writes there what it spent; `counted` makes a node of one's own do so.
 */
export function nodesFor<F extends Fields>(schema: StateSchema<F>) {
  type State = (typeof schema)["State"];
  type Update = (typeof schema)["Update"];
  const counted = <Result extends object>(node: NodeOf<State, Result>): NodeOf<State, Result> =>
    SPENT in schema.fields ? counting(node) : node;
  return {
    counted,
    ask: <Field extends FieldFor<Update, string>>(options: AskOptions<State, Field>) => counted(ask(options)),
    judge: <Field extends FieldFor<Update, Verdict>>(options: JudgeOptions<State, Field>) =>
      counted(judge(options)),
    route: <Schema extends z.ZodObject, Field extends FieldFor<Update, z.infer<Schema>>>(
      options: RouteOptions<State, Field, Schema>,
    ) => counted(route(options)),
    research: <NotesField extends FieldFor<Update, Note[]>, SourcesField extends FieldFor<Update, Source[]>>(
      options: ResearchOptions<State, NotesField, SourcesField>,
    ) => counted(research(options)),
    compose: <TextField extends FieldFor<Update, string>, SourcesField extends FieldFor<Update, Source[]>>(
      options: ComposeOptions<State, TextField, SourcesField>,
    ) => counted(compose(options)),
    agent: <Field extends FieldFor<Update, AgentReport>>(options: AgentOptions<State, Field>) =>
      counted(agent(options)),
    askHuman: <Schema extends z.ZodType, Result extends Update>(
      options: AskHumanOptions<State, Schema, Result> & Known<Result, Update>,
    ) => askHuman(options),
    resetting: <Result extends Update>(
      resets: Update,
      node: (state: State, config: NodeConfig) => Promise<Result>,
    ) => resetting<State, Update, Result>(resets, node),
    synthesize: <Field extends FieldFor<Update, string>>(options: SynthesizeOptions<State, Field>) =>
      counted(synthesize(options)),
    stallable: <Result extends Update>(
      node: NodeOf<State, Result>,
      repeats: (state: State, update: Result) => string | undefined,
    ) => counted(stallable(node, repeats)),
  };
}
