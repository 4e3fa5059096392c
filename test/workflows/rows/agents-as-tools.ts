import { defineAgentsAsTools } from "../../../graphs/agents-as-tools/graph.ts";
import { agentsAsTools } from "../../../graphs/index.ts";
import { type Answer, calls, type EndpointRequest, writerAnswers } from "../../endpoint/server.ts";
import type { Row } from "../row.ts";
import { searching, TASK } from "../searching.ts";

const toolsOf = ({ body: { tools = [] } }: EndpointRequest) => tools.map((tool) => tool.function?.name);
const answeredIn = ({ body: { messages } }: EndpointRequest) =>
  messages.filter(({ role }) => role === "tool").length;

/** The orchestrator asks two researchers at once, and has the writer write out of what they report. */
function working(): Answer {
  const others = searching();
  const text = writerAnswers();
  return (request) => {
    if (!toolsOf(request).includes("researcher")) return others(request);
    const answered = answeredIn(request);
    if (answered === 0) {
      return calls(
        { name: "researcher", args: { task: `${TASK}: how it is done` } },
        { name: "researcher", args: { task: `${TASK}: what it costs` } },
      );
    }
    const material = "The log is replayed [1], and a leader is elected [2].";
    return answered === 2 ? calls({ name: "writer", args: { task: TASK, material } }) : text(request);
  };
}

/** Nobody answers as long as there are tools: so many agents a turn, each of which searches in all its turns. */
function calling(agents: number): Answer {
  const text = writerAnswers();
  return (request) => {
    const answered = answeredIn(request);
    if (toolsOf(request).includes("researcher")) {
      const asked = Array.from({ length: agents }, (_, at) => `${TASK}, part ${answered + at}`);
      return calls(...asked.map((task) => ({ name: "researcher", args: { task } })));
    }
    if (!toolsOf(request).includes("search_documents")) return text(request);
    return calls({ name: "search_documents", args: { query: `log replay ${answered}` } });
  };
}

const counted = (maxTurns: number, agents: number) => ({
  parameters: { maxTurns, agents },
  graph: () => defineAgentsAsTools({ maxTurns }).graph,
  answers: calling(agents),
});

export const row: Omit<Row, "name"> = {
  graph: () => agentsAsTools,
  input: { task: TASK },
  answers: working(),
  atOnce: 2,
  counted: [counted(1, 3), counted(3, 2), counted(6, 1)],
};
