import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { nodesFor } from "../../src/nodes/index.ts";
import { log } from "../../src/state/channels.ts";
import { RunContext } from "../../src/state/context.ts";

const Said = new StateSchema({ topic: z.string(), said: z.string() });
const { ask } = nodesFor(Said);

const PanelState = new StateSchema({ topic: z.string(), said: log(z.string()) });

type Config = Parameters<ReturnType<typeof ask>>[1];

const says = (what: string) => {
  const asked = ask({
    role: "writer",
    prompt: ({ topic }) => `<task>\n${what} on: ${topic}\n</task>`,
    into: "said",
  });
  return ({ topic }: typeof PanelState.State, config: Config) => asked({ topic, said: "" }, config);
};

/**
 * What no workflow of the catalogue has and a reader's own may have: nodes side by side in one superstep,
 * which add to one list.
 *
 *     START → agree    → close → END
 *           → disagree ↗
 */
export const panel = new StateGraph(PanelState, { context: RunContext })
  .addNode("agree", says("What is agreed"))
  .addNode("disagree", says("What is not agreed"))
  .addNode("close", says("The last word"))
  .addEdge(START, "agree")
  .addEdge(START, "disagree")
  .addEdge(["agree", "disagree"], "close")
  .addEdge("close", END)
  .compile({ name: "panel" });
