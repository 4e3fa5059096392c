import { supervisor } from "../../../graphs/index.ts";
import { defineSupervisor } from "../../../graphs/supervisor/graph.ts";
import { type Answer, calls, type EndpointRequest, promptOf } from "../../endpoint/server.ts";
import type { Counted, Row } from "../row.ts";
import { searching, searchingFor, TASK } from "../searching.ts";

export const row: Omit<Row, "name"> = {
  graph: () => supervisor,
  input: { task: TASK },
  answers: working(),
  human: () => ({ decision: "approve" }),
  differs: ["inputTokens"],
  counted: [
    delegating("code", { maxDelegations: 2, turns: 3, verdicts: 0 }),
    delegating("code", { maxDelegations: 6, turns: 8, verdicts: 0 }),
    delegating("qa", { maxDelegations: 3, turns: 6, verdicts: 3 }),
  ],
};

/** The supervisor's team: the coder tests and writes, twice because qa rejects the first time; qa searches. */
function working(): Answer {
  const others = searching({ Decision: workThenCheck, Check: () => REJECTED });
  return (request) => {
    const { tools = [], tool_choice: forced, messages } = request.body;
    const isCoder = tools.some((tool) => tool.function?.name === "write_file");
    if (!isCoder || forced || messages.some(({ role }) => role === "tool")) return others(request);
    const path = promptOf(request.body).includes("was rejected") ? "second.md" : "first.md";
    return calls(
      { name: "run_tests", args: TESTED },
      { name: "write_file", args: { path, content: "# One\n\nThe log is replayed.\n", overwrite: false } },
    );
  };
}

const TESTED = {
  files: [{ path: "one.js", text: "export const one = 1;" }],
  tests: [
    {
      path: "one.test.js",
      text: 'import { one } from "./one.js"; test("is one", () => expect(one).toBe(1));',
    },
  ],
};

const REJECTED = {
  approved: false,
  objections: [{ to: "code", problem: "The file says too little.", change: "Write a second one." }],
};

const reportsIn = ({ body }: EndpointRequest) => promptOf(body).match(/<report /g)?.length ?? 0;

/** The coder, then qa, as far as the prompt says that they have reported. */
function workThenCheck(request: EndpointRequest) {
  const reports = reportsIn(request);
  const next = ["code", "qa"][reports] ?? "finish";
  return { next, instruction: `Do the part of ${next}.`, reason: `There are ${reports} reports.` };
}

/** A supervisor who always has more to do for one specialist, which searches in so many turns. */
function delegating(
  next: "code" | "qa",
  parameters: Record<"maxDelegations" | "turns" | "verdicts", number>,
): Counted {
  const { maxDelegations, turns } = parameters;
  const decided = (request: EndpointRequest) => {
    const reports = reportsIn(request);
    return { next, instruction: `Do part ${reports}.`, reason: `There are ${reports} reports.` };
  };
  return {
    parameters,
    graph: () => defineSupervisor({ maxDelegations }).graph,
    answers: searchingFor(turns, { Decision: decided }),
  };
}
