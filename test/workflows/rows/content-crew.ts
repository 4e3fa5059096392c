import type { CrewTask } from "../../../graphs/content-crew/crew.ts";
import { defineContentCrew } from "../../../graphs/index.ts";
import { blocksOf } from "../../../src/models/prompt.ts";
import { defineRole } from "../../../src/roles/role.ts";
import { type Answer, askedOf, promptOf, text, writerAnswers } from "../../endpoint/server.ts";
import { filesOf } from "../place.ts";
import type { Counted, Row } from "../row.ts";
import { searching, searchingOn, TASK } from "../searching.ts";

/** The editor sends the article back once; then a person has it published. */
export const row: Omit<Row, "name"> = {
  graph: (outbox) => defineContentCrew({ folder: filesOf(outbox.file) }).graph,
  input: { topic: TASK, approval: true },
  answers: searching(),
  human: () => ({ action: "publish" }),
  differs: ["folder"],
  atOnce: 2,
  counted: [
    counted({ researchers: 2, turns: 4, maxRevisions: 1 }),
    counted({ researchers: 2, turns: 4, maxRevisions: 2 }),
    counted({ researchers: 3, turns: 2, maxRevisions: 5 }, crewOf(3, 2)),
  ],
};

function counted(parameters: Record<string, number> & { maxRevisions: number }, tasks?: CrewTask[]): Counted {
  const options = { maxRevisions: parameters.maxRevisions, ...(tasks && { tasks }) };
  return {
    parameters,
    graph: () => defineContentCrew(options).graph,
    input: { topic: TASK },
    answers: searchingOn(neverApproving()),
  };
}

/** Some who search, as often as they may, and one who writes. */
function crewOf(researchers: number, turns: number): CrewTask[] {
  const role = { goal: "Work on {topic}.", tools: ["search_documents"], limits: { turns } };
  const ids = Array.from({ length: researchers }, (_, at) => `part-${at}`);
  const task = (id: string) => ({ id, description: "Find out about {topic}.", expectedOutput: "a report" });
  return [
    ...ids.map((id) => ({ ...task(id), role: defineRole({ ...role, name: id }) })),
    { ...task("article"), role: defineRole({ name: "author", goal: "Write." }), dependsOn: ids },
  ];
}

/** An editor who always objects, and a writer who always adds something. */
function neverApproving(): Answer {
  const others = writerAnswers({ Verdict: () => REJECTED });
  return (request) => {
    const draft = blocksOf(promptOf(request.body)).find(({ name }) => name === "draft")?.text;
    const isRevision = draft !== undefined && !askedOf(request.body);
    return isRevision ? text(`${draft}\n\nThe conditions hold again [1].`) : others(request);
  };
}

const REJECTED = {
  approved: false,
  objections: [{ aspect: "completeness", problem: "It says too little.", change: "Say more." }],
};
