import { block, instructions, prompt } from "../../src/models/prompt.ts";

export const answer = ({ task }: { task: string }) =>
  prompt(
    block("task", task),
    instructions(
      "answer",
      "Search the documents, in other words again if the first search finds little; calculate figures with the tool. Answer the task itself, in Markdown. Cite the number of the source behind each claim that rests on one, as in [1], and list no sources at the end. Say what the documents leave open; if they say nothing on the task, say so.",
    ),
  );
