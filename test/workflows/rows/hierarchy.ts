import { defineHierarchy } from "../../../graphs/hierarchy/graph.ts";
import { hierarchy } from "../../../graphs/index.ts";
import { blocksOf } from "../../../src/models/prompt.ts";
import type { Strategy } from "../../../src/outcomes/delegation.ts";
import { type Answer, calls, type EndpointRequest, promptOf } from "../../endpoint/server.ts";
import type { Row } from "../row.ts";
import { searching, TASK } from "../searching.ts";

/** The keywords by which the two parts of a level are given to two of those who are there. */
const NEEDS = { manager: ["facts", "costs"], others: ["facts", "details"] };

/** The manager divides its task in two, and so does each specialist. */
const dividing =
  (most: number) =>
  ({ body }: EndpointRequest) => {
    const isPart = blocksOf(promptOf(body)).some(({ name }) => name === "context");
    const needs = isPart ? NEEDS.others : NEEDS.manager;
    const parts = Array.from({ length: most }, (_, at) => ({
      title: `Part ${at + 1}`,
      description: `${TASK}, part ${at + 1}`,
      needs: [needs[at % needs.length] ?? ""],
    }));
    return { parts };
  };

/** No worker answers as long as there are tools. */
function tireless(maxParts: number, maxSubparts: number): Answer {
  const writer = (request: EndpointRequest) => {
    const isPart = blocksOf(promptOf(request.body)).some(({ name }) => name === "context");
    return dividing(isPart ? maxSubparts : maxParts)(request);
  };
  const others = searching({ Division: writer, Delegation: firstOf });
  return (request) => {
    const { tools = [], tool_choice: forced, messages } = request.body;
    if (tools.length === 0 || forced) return others(request);
    const searched = messages.filter(({ role }) => role === "tool").length;
    return calls({ name: "search_documents", args: { query: `log replay ${searched}` } });
  };
}

/** The first of those who are there. */
function firstOf({ body }: EndpointRequest) {
  const choices = blocksOf(promptOf(body)).find(({ name }) => name === "choices")?.text ?? "";
  return { to: /^- ([a-z_]+):/m.exec(choices)?.[1] ?? "none", reason: "It is the first." };
}

const counted = (
  maxParts: number,
  maxSubparts: number,
  maxTurns: number,
  delegateBy: Strategy = "expertise",
) => ({
  parameters: { maxParts, maxSubparts, maxTurns, byModel: delegateBy === "model" ? 1 : 0 },
  graph: () => defineHierarchy({ maxParts, maxSubparts, maxTurns, delegateBy }).graph,
  answers: tireless(maxParts, maxSubparts),
});

export const row: Omit<Row, "name"> = {
  graph: () => hierarchy,
  input: { task: TASK },
  answers: searching({ Division: dividing(2) }),
  atOnce: 4,
  counted: [counted(2, 2, 2), counted(3, 2, 4), counted(2, 3, 1, "model")],
};
