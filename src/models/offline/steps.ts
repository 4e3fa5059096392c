import type { Block } from "../prompt.ts";
import { expressionsIn } from "./expression.ts";
import { questionsIn } from "./subtasks.ts";
import { shortened, topicOf } from "./titles.ts";
import { topicWords } from "./words.ts";

/** One thing to do, as plans are asked for whose steps follow each other. */
interface PlannedStep {
  id: string;
  title: string;
  instruction: string;
  doneWhen: string;
}

interface Steps {
  steps: PlannedStep[];
  givenUp: string;
}

const REPORTED = "The report says what the documents say on it, each claim with its source.";
const CALCULATED = "The report gives the result of each calculation.";
/** How many words a step is searched by that found nothing in all of its own. */
const FEWER_WORDS = 2;

/** A task as steps: the things that it compares, its own parts, or its topic and then the limits of that. */
export function composeSteps(task: string): Steps {
  const questions = questionsIn(task);
  const topic = topicOf(task);
  if (questions.length < 2 && expressionsIn(task).length === 0 && topicWords(topic).length > 1) {
    questions.push({ title: "Limits and costs", text: `The limits, costs and failures of: ${topic}` });
  }
  const steps = questions.map(({ title, text }, at) => stepOf(`step-${at + 1}`, asTitle(title), text));
  return { steps, givenUp: "" };
}

/** Without the mark of a question at its end. */
const asTitle = (text: string) => text.charAt(0).toUpperCase() + text.slice(1).replace(/[.?!]+$/, "");

const stepOf = (id: string, title: string, instruction: string): PlannedStep => ({
  id,
  title,
  instruction,
  doneWhen: expressionsIn(instruction).length > 0 ? CALCULATED : REPORTED,
});

/**
 * What is left of a plan after a setback: the step that came to nothing is tried once more in fewer words, and given
 * up then, with the steps that ask for more of the same; the others stay.
 */
export function replanned(blocks: readonly Block[]): Steps {
  const [open, ...next] = blocks.filter(({ name }) => name === "plan").map(readStep);
  const tried = blocks
    .filter(({ name }) => name === "objections")
    .map(({ attributes }) => attributes["title"]);
  if (!open) return { steps: next, givenUp: "Nothing is left to do." };
  const words = topicWords(open.instruction);
  const longest = [...words].sort((one, other) => other.length - one.length).slice(0, FEWER_WORDS);
  const fewer = words.filter((word) => longest.includes(word)).join(" ");
  const title = `${open.title}, in fewer words`;
  const isTried = words.length <= FEWER_WORDS || tried.some((each) => each?.endsWith("in fewer words"));
  if (!isTried) return { steps: [stepOf(`${open.id}-again`, title, fewer), ...next], givenUp: "" };
  const others = next.filter((step) => !includes(topicWords(step.instruction), words));
  return { steps: others, givenUp: `“${shortened(open.title)}”, which the documents do not bear out.` };
}

const includes = (all: readonly string[], some: readonly string[]) =>
  some.every((word) => all.includes(word));

function readStep({ attributes, text }: Block): PlannedStep {
  const [instruction = "", doneWhen = REPORTED] = text.split(/\nDone when: (?=[^\n]*$)/);
  const { id = "", title = "" } = attributes;
  return { id, title, instruction, doneWhen };
}
