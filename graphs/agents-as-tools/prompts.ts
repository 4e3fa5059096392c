import { block, instructions, prompt } from "../../src/models/prompt.ts";

export const orchestrate = ({ task }: { task: string }) =>
  prompt(
    block("task", task),
    instructions(
      "answer",
      "Have the agents do what the task needs, several at once where they need nothing of each other. An agent sees what you tell it and nothing else: give those who take material the reports in full, with their citations as they stand. Answer the task itself, in Markdown, out of what the agents report, or with the text that they made. Keep the citations of the reports, such as [1], behind the claims they support, cite no number that you were not shown, and list no sources at the end. Where an agent failed or found nothing, call another, or say what the answer lacks for it; put nothing in its place.",
    ),
  );

/** What an agent is asked, and what it is given to do it with. */
export interface Asked {
  task: string;
  /** What others reported, citations and all; empty if there is none. */
  material: string;
}

const CITED =
  "Keep the citations, such as [1], behind the claims they support; cite no source that you were not shown, and list no sources at the end. If you cannot do what is asked, say what is missing.";

export const research = ({ task, material }: Asked) =>
  prompt(
    block("task", task),
    material && block("report", material, { from: "others" }),
    instructions(
      "report",
      `Search the documents and other sources. Answer with what they say, and with what they leave open. Cite the number of the source behind each claim that rests on one, as in [1]. ${CITED}`,
    ),
  );

export const write = ({ task, material }: Asked) =>
  prompt(
    block("task", task),
    material && block("report", material, { from: "others" }),
    instructions("article", `Write from the report alone. Answer with the text, in Markdown. ${CITED}`),
  );

export const edit = ({ task, material }: Asked) =>
  prompt(
    block("task", task),
    block("draft", material || "(There is no text.)"),
    instructions(
      "revision",
      `Edit the draft. Answer with the whole text, in Markdown, and nothing else. ${CITED}`,
    ),
  );
