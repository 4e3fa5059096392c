import { block, choices, instructions, prompt } from "../../src/models/prompt.ts";

/** What each branch is for; the classifier chooses between them. */
const BRANCHES = {
  research: "questions that are answered by finding, comparing and explaining what documents say",
  writing: "texts that are to be written: articles, summaries, letters, announcements",
  generalist: "everything else, and tasks that are several of these at once",
} as const;

interface Asked {
  task: string;
}

export const classify = ({ task }: Asked) =>
  prompt(
    "You are a dispatcher. Say which kind of task this is.",
    block("task", task),
    choices(BRANCHES),
    block(
      "instructions",
      "Choose one category. Give your confidence from 0 to 1: near 1 if only one category fits, 0.5 if two fit equally well, lower if you are guessing. Say in one sentence which words of the task decided.",
    ),
  );

export const research = ({ task }: Asked) =>
  prompt(
    "You are a researcher. Answer from the documents.",
    block("task", task),
    instructions(
      "report",
      `Search the documents, in other words again if the first search finds little. ${CITED} Set apart what the documents say from what follows from it, and say what they leave open.`,
    ),
  );

export const write = ({ task }: Asked) =>
  prompt(
    "You are a writer. Write what the task asks for.",
    block("task", task),
    instructions(
      "answer",
      `Search the documents for material first. ${CITED} Answer with the text alone, in Markdown.`,
    ),
  );

export const help = ({ task }: Asked) =>
  prompt(
    "You are a generalist. Do the task as well as you can.",
    block("task", task),
    instructions(
      "answer",
      `Use your tools where they help: search the documents for facts, calculate figures. ${CITED}`,
    ),
  );

const CITED =
  "Cite the number of the source behind each claim that rests on one, as in [1], and list no sources at the end. If the documents say nothing on the task, say so.";
