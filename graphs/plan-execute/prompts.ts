import { block, instructions, prompt, sourceBlock } from "../../src/models/prompt.ts";
import type { Open, Setback, Step, StepReport } from "./state.ts";

interface Planning {
  task: string;
  /** How many steps there may be. */
  most: number;
}

const RULES =
  "Each step is done alone, by a worker who sees its instruction, the task and the reports on the steps before it, and can search documents, calculate and run code. Give it an instruction that can be followed without the plan, and say what its report has to hold so that it counts as done: something that a reviewer can check. Order the steps so that each finds what it builds on. Plan no step that only puts the reports together: that is done in any case.";

export const plan = ({ task, most }: Planning) =>
  prompt(
    "You are a planner. Divide the task below into steps that are done one after the other.",
    block("task", task),
    block(
      "instructions",
      `Give at most ${most} ${most === 1 ? "step" : "steps"}, and no more than the task needs. ${RULES} Leave givenUp empty unless something of the task cannot be done at all.`,
    ),
  );

interface Replanning extends Planning {
  reports: StepReport[];
  /** What was planned and is not finished, the step with the setback first. */
  steps: Step[];
  setbacks: Setback[];
}

export const replan = ({ task, most, reports, steps, setbacks }: Replanning) =>
  prompt(
    "You are a planner. A step of your plan came to nothing. Plan anew what is left.",
    block("task", task),
    ...finishedBlocks(reports),
    ...steps.map((step, at) => stepBlock(step, at === 0 ? "open" : "next")),
    ...setbacks.map(({ step, status, why }) =>
      block("objections", why, { step: step.id, title: step.title, status }),
    ),
    block(
      "instructions",
      `Give at most ${most} ${most === 1 ? "step" : "steps"} for what is left of the task: the steps that were planned next, changed where they have to be, and in place of the one that came to nothing others that avoid what went wrong. ${RULES} What is finished stays: plan none of it again, under no other name either. Never plan a step again that was rejected, as it was. If something cannot be done with these means, say so in givenUp and go on with the rest; give no steps if nothing is left that can be done.`,
    ),
  );

interface Executing {
  task: string;
  reports: StepReport[];
  steps: Step[];
}

export const execute = ({ task, reports, steps: [step] }: Executing) =>
  step
    ? prompt(
        "Do the step below, and no other.",
        block("task", step.instruction, { title: step.title }),
        block("context", `It is done when: ${step.doneWhen}`),
        block("context", `The whole task, of which this is a part: ${task}`),
        ...reports.map(({ step, text }) =>
          block("material", text, { from: `the finished step ${step.title}` }),
        ),
        instructions(
          "report",
          "Use your tools where they help. Build on the finished steps, and do none of them again. Report what came of the step. Cite the number of the source behind each claim that rests on one, as in [1]; cite no source that you were not shown in this conversation, and list no sources at the end. If you cannot do what is asked, say what is missing.",
        ),
      )
    : "";

interface Reviewing extends Executing {
  attempt: StepReport | null;
}

export const review = ({ task, reports, attempt }: Reviewing) =>
  attempt
    ? prompt(
        "You are a reviewer. Judge whether the report below does the step that was asked for.",
        block("task", attempt.step.instruction, { title: attempt.step.title }),
        block("context", `It is done when: ${attempt.step.doneWhen}`),
        block("context", `The whole task, of which this is a part: ${task}`),
        attempt.ended !== "answered" &&
          block("context", `The worker had to stop early: ${attempt.ended.replaceAll("_", " ")}.`),
        ...finishedBlocks(reports),
        ...attempt.sources.map(sourceBlock),
        ...attempt.evidence.map(({ tool, text }) => block("material", text, { from: tool })),
        block("draft", attempt.text),
        block(
          "instructions",
          "Approve if the report holds what the step asks for, each claim of it is carried by the source that it cites or by what the tools gave, and the steps after it can build on it. What belongs to other steps is not missing here. Do not approve a report that only says that nothing was found, unless the step asked whether there is anything. Otherwise give your objections, the most important first, each with what would have to be different.",
        ),
      )
    : "";

interface Synthesizing {
  task: string;
  reports: StepReport[];
  open: Open[];
}

export const synthesize = ({ task, reports, open }: Synthesizing) =>
  prompt(
    "You are an editor. Answer the task out of the reports on its steps.",
    block("task", task),
    ...finishedBlocks(reports),
    open.length > 0 && block("context", `This is not done:\n${openInWords(open)}`, { about: "missing" }),
    instructions(
      "answer",
      "Answer the task itself, in Markdown, not the story of who did what. Keep the citations of the reports, such as [1], behind the claims they support, and list no sources at the end. Say nothing that no report supports. Where something is not done, say what the answer lacks for it, and put nothing in its place.",
    ),
  );

/** What is open, one line each. */
export const openInWords = (open: readonly Open[]) =>
  open.map(({ what, why }) => `- ${what}: ${why}`).join("\n");

const finishedBlocks = (reports: readonly StepReport[]) =>
  reports.map(({ step, text }) => block("report", text, { from: step.title }));

const stepBlock = ({ id, title, instruction, doneWhen }: Step, status: "open" | "next") =>
  block("plan", `${instruction}\nDone when: ${doneWhen}`, { id, title, status });
