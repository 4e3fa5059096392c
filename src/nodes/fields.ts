import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import type { RunContext } from "../state/context.ts";

/** The fields of `Update` that a node may write a `Value` to. */
export type FieldFor<Update, Value> = {
  [Field in keyof Update & string]-?: Value extends Update[Field] ? Field : never;
}[keyof Update & string];

/** What LangGraph gives a node beside the state. */
export type NodeConfig = LangGraphRunnableConfig<RunContext>;

/** A node's function, for one state. */
export type NodeOf<State, Update> = (state: State, config: NodeConfig) => Promise<Update>;
