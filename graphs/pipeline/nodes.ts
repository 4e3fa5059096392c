import { notify } from "../../src/events/notices.ts";
import { citedIn, type NodeConfig, structured } from "../../src/nodes/index.ts";
import type { AnyStage } from "./stage.ts";
import type { State } from "./state.ts";

/** How a stage is worked at. */
interface Work {
  maxCorrections: number;
  isLast: boolean;
}

/** A node that asks a stage's role for what it hands over, and ends the pipeline where that is the last or not valid. */
export function worked(stage: AnyStage, { maxCorrections, isLast }: Work) {
  return async (state: State, { context }: NodeConfig) => {
    const { task, found, handed } = state;
    const material = { task, sources: found };
    // What was handed over fits the schema of the stage before, and so the type that this stage declares to read.
    const given = (handed.at(-1)?.value ?? material) as never;
    const missing = stage.lacks?.(given, material);
    if (missing !== undefined) return ended(state, { status: "nothing", stage: stage.name, why: missing });
    const question = {
      role: stage.role,
      prompt: stage.prompt(given, material),
      name: stage.gives,
      schema: stage.schema,
      check: (value: object) => stage.check?.(value as never, given, material),
      maxAskedAgain: maxCorrections,
    };
    const answer = await structured(question, context);
    if ("fault" in answer) return ended(state, { status: "invalid", stage: stage.name, why: answer.fault });
    const update = { handed: [...handed, { stage: stage.name, value: answer.value }] };
    if (!isLast) return update;
    const finished = { status: "finished" as const, stage: stage.name, why: FINISHED };
    return { ...update, ...ended(state, finished, inWords(stage, answer.value)) };
  };
}

const FINISHED = "Every stage handed over what it declares.";

/** The end of a pipeline: with the sources that its answer cites, or with all of them where it has not finished. */
function ended({ found }: State, outcome: NonNullable<State["outcome"]>, answer = "") {
  const isFinished = outcome.status === "finished";
  if (!isFinished) notify({ type: "note", text: `The pipeline ends at ${outcome.stage}: ${outcome.why}` });
  return { answer, outcome, sources: isFinished ? citedIn(answer, found) : found };
}

/** What a stage handed over, in Markdown. */
export const inWords = (stage: AnyStage | undefined, value: State["handed"][number]["value"]): string =>
  stage?.inWords?.(value as never) ?? `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
