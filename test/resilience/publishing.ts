import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { effect } from "../../src/resilience/effect.ts";
import type { Act, EffectOptions } from "../../src/resilience/effect-act.ts";

const State = new StateSchema({ said: z.unknown() });

/** A graph of one node, "publish", which says what it gives. */
export const graphOf = (publish: () => unknown) =>
  new StateGraph(State)
    .addNode("publish", async () => ({ said: await publish() }))
    .addEdge(START, "publish")
    .addEdge("publish", END)
    .compile({ name: "publishing" });

/** A graph whose one node does an effect, "article", and says what came of it. */
export const publishing = <Result>(
  act: (given: Act) => Promise<Result> | Result,
  options?: EffectOptions<Result>,
) => graphOf(() => effect("article", act, options));
