import { agent, danglingCitations, type NodeConfig, nodesFor, standingAlone } from "../../src/nodes/index.ts";
import {
  agreement,
  budgetLow,
  either,
  noProgress,
  rounds,
  type Termination,
} from "../../src/outcomes/termination.ts";
import type { Verdict } from "../../src/outcomes/verdict.ts";
import { standardTools } from "../../src/tools/standard.ts";
import { byNumber, type Crew, filled, inputsOfLast } from "./crew.ts";
import { clearance } from "./people.ts";
import * as prompts from "./prompts.ts";
import { ContentCrewState, type State } from "./state.ts";

const { counted, judge } = nodesFor(ContentCrewState);

/** By what the editor's work is bounded, and what follows of it. */
interface Editing {
  crew: Crew;
  maxRevisions: number;
  publishUnapproved: boolean;
  /** Where the article is published; the settings' output folder unless given. */
  folder?: string | undefined;
}

/** A node in which the editor judges the draft, and which clears it for publication once the revisions are over. */
export function editing({ crew, maxRevisions, publishUnapproved, folder }: Editing) {
  const judged = judge({
    role: "editor",
    prompt: (state) => prompts.edit(draftedBy(crew, state)),
    check: ({ draft, found }) => danglingCitations(draft, found),
    into: "verdicts",
  });
  const over: Termination<State> = either(
    agreement(({ verdicts }) => verdicts.at(-1)?.approved ?? false, "the editor approves"),
    rounds(maxRevisions, ({ revisions }) => revisions),
    noProgress("draft", ({ edited, draft }) => [edited, draft], { by: (text) => text }),
    budgetLow(({ spent }) => spent),
  );
  return async (state: State, config: NodeConfig) => {
    const update: { verdicts: Verdict; spent?: State["spent"] } = await judged(state, config);
    const { verdicts: verdict, spent = state.spent } = update;
    const ended = over({ ...state, verdicts: [...state.verdicts, verdict], spent }) ?? null;
    const { approved, objections } = verdict;
    const isOver = ended && !approved && !publishUnapproved && !state.approval;
    return {
      ...update,
      edited: state.draft,
      approved,
      objections,
      ended,
      ...(ended && cleared(state, folder)),
      ...(isOver && { status: "not_approved" as const }),
    };
  };
}

/** The article as it is to be published, the day and the folder. */
function cleared({ draft, found }: State, folder: string | undefined) {
  const { text: article, sources } = standingAlone({ text: draft, sources: found });
  return { article, sources, ...clearance(folder) };
}

/** A node in which who wrote the draft revises it: as the editor wants it, or as a person does. */
export function reviser(crew: Crew) {
  const { role, tools = standardTools } = crew.last;
  const work = agent({
    role,
    tools,
    prompt: (state: State) => prompts.revise({ ...draftedBy(crew, state), wishes: wishesIn(state) }),
    cited: ({ draft, found }) => [{ text: draft, sources: found }],
    into: "report",
  });
  return counted(async (state: State, config: NodeConfig) => {
    const { report } = await work(state, config);
    const found = byNumber([...state.found, ...report.sources]);
    const isForPerson = state.ended !== null;
    return {
      draft: report.text,
      found,
      ...(isForPerson ? { ended: null } : { revisions: state.revisions + 1 }),
    };
  });
}

/** Where the editor was done, a person has sent the draft back. */
const wishesIn = ({ ended, verdicts, rulings }: State) =>
  ended === null ? prompts.wishesOf(verdicts.at(-1), undefined) : prompts.wishesOf(undefined, rulings.at(-1));

/** The draft with all that it was made of, and what a person has asked for so far. */
function draftedBy(crew: Crew, { topic, draft, found, outcomes, rulings }: State) {
  const expectedOutput = filled(crew.last.expectedOutput, topic);
  return {
    topic,
    draft,
    found,
    expectedOutput,
    reports: inputsOfLast(crew, outcomes),
    asked: askedFor(rulings),
  };
}

const askedFor = (rulings: State["rulings"]) =>
  rulings.flatMap((ruling) => (ruling.action === "change" ? ruling.instruction : []));
