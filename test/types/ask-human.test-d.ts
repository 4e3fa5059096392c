import { StateSchema } from "@langchain/langgraph";
import { expectTypeOf, it } from "vitest";
import { z } from "zod";
import { nodesFor } from "../../src/nodes/index.ts";
import { log } from "../../src/state/channels.ts";

const State = new StateSchema({ topic: z.string(), rounds: z.number(), names: log(z.string()) });
const { askHuman } = nodesFor(State);

const answer = z.object({ name: z.string() });
const question = ({ topic }: { topic: string }) => ({ kind: "name", topic });

it("of a person reads the state, and writes channels that there are, with what they can hold", () => {
  const ask = askHuman({
    question,
    answer,
    take: ({ name }, { rounds }) => ({ names: name, rounds: rounds + 1 }),
  });
  expectTypeOf(ask).returns.resolves.toEqualTypeOf<{ names: string; rounds: number }>();
  // @ts-expect-error -- there is no channel "name"
  askHuman({ question, answer, take: ({ name }) => ({ name }) });
  // @ts-expect-error -- there is no channel "round" beside "names"
  askHuman({ question, answer, take: ({ name }) => ({ names: name, round: 1 }) });
  // @ts-expect-error -- a text is no number
  askHuman({ question, answer, take: ({ name }) => ({ rounds: name }) });
  // @ts-expect-error -- the answer has no field "age"
  askHuman({ question, answer, take: ({ age }) => ({ names: age }) });
  // @ts-expect-error -- the state has no channel "subject"
  askHuman({ question: ({ subject }) => subject, answer, take: ({ name }) => ({ names: name }) });
  // @ts-expect-error -- a function cannot be shown
  askHuman({ question: () => ({ shown: () => 1 }), answer, take: ({ name }) => ({ names: name }) });
});
