/**
 * Have a crew research a topic and write an article, edit it, and publish it.
 *
 * Stops when the article is published; without publishing where the editor has not approved it after `maxRevisions`
 * revisions, where a revision changes nothing, or where the budget is nearly spent; where a person discards it; and
 * where a task that the article needs gave nothing. `status` says which. If a person is asked for approval, that
 * person decides, also on what the editor has not approved.
 *
 *     START → work → edit → revise → edit
 *                  → END
 *                    edit → approve → publish → END
 *                                   → revise
 *                                   → END
 *                         → publish
 *                         → END
 *
 * The crew's tasks are durable tasks inside work, each begun as soon as those it needs have ended; the last of them
 * writes the article.
 *
 * @module
 */
import { END, START, StateGraph } from "@langchain/langgraph";
import { compiled, nodesFor } from "../../src/nodes/index.ts";
import { EMPTY } from "../../src/state/channels.ts";
import { schemas } from "../../src/state/described.ts";
import { bound } from "../../src/state/limits.ts";
import { type CrewTask, crewOf, TASKS, working } from "./crew.ts";
import { editing, reviser } from "./editing.ts";
import { approvalFor } from "./people.ts";
import { published } from "./publishing.ts";
import { result } from "./result.ts";
import { ContentCrewState, Input, Output, type State } from "./state.ts";

const MAX_REVISIONS = 2;
const MAX_PARALLEL = 4;
const TIMEOUT_MS = 120_000;

const { askHuman, counted, resetting } = nodesFor(ContentCrewState);

/** What may differ from one crew to another. */
export interface ContentCrewOptions {
  /** Who does what; the task that no other needs writes the article. */
  tasks?: readonly CrewTask[];
  /** How often the editor may send the article back; at least 1. */
  maxRevisions?: number;
  /** How many tasks are done at once; at least 1. */
  maxParallel?: number;
  /** How long one task may take from its begin on, retries included; at least 1. */
  timeoutMs?: number;
  /** Where the article is published; the settings' output folder unless given. */
  folder?: string;
  /** Whether an article is published that the editor has not approved in the end; no, unless given. */
  publishUnapproved?: boolean;
}

/** A crew with tasks, bounds or a folder of one's own. */
export function defineContentCrew(options: ContentCrewOptions = {}) {
  const { folder, maxParallel = MAX_PARALLEL, timeoutMs = TIMEOUT_MS, publishUnapproved = false } = options;
  const crew = crewOf(options.tasks ?? TASKS);
  const work = working(crew, {
    maxParallel: bound("maxParallel", maxParallel),
    timeoutMs: bound("timeoutMs", timeoutMs),
  });
  const maxRevisions = bound("maxRevisions", options.maxRevisions ?? MAX_REVISIONS);
  const publish = async (state: State) => ({
    publication: await published(state),
    status: "published" as const,
  });

  const workflow = new StateGraph(ContentCrewState, schemas(Input, Output))
    .addNode("work", resetting(FRESH, counted(work)))
    .addNode("edit", editing({ crew, maxRevisions, publishUnapproved, folder }))
    .addNode("revise", reviser(crew))
    .addNode("approve", askHuman(approvalFor(folder)))
    .addNode("publish", publish)
    .addEdge(START, "work")
    .addConditionalEdges("work", afterWork, ["edit", END])
    .addConditionalEdges("edit", afterEdit, ["revise", "approve", "publish", END])
    .addEdge("revise", "edit")
    .addConditionalEdges("approve", afterApprove, ["publish", "revise", END])
    .addEdge("publish", END);

  return compiled({ name: "content-crew", workflow, result });
}

const FRESH = {
  status: null,
  article: "",
  sources: [],
  publication: null,
  approved: false,
  objections: [],
  ended: null,
  edited: "",
  verdicts: EMPTY,
  revisions: 0,
  rulings: EMPTY,
  date: "",
  folder: "",
  spent: EMPTY,
};

const afterWork = ({ status }: State) => (status === null ? "edit" : END);

function afterEdit({ ended, status, approval }: State) {
  if (!ended) return "revise";
  if (status !== null) return END;
  return approval ? "approve" : "publish";
}

function afterApprove({ rulings }: State) {
  const action = rulings.at(-1)?.action;
  if (action === "publish") return "publish";
  return action === "change" ? "revise" : END;
}

export { result };
export const { workflow, graph } = defineContentCrew();
