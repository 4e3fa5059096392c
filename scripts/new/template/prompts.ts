import { block, instructions, prompt } from "../../../src/models/prompt.ts";
import type { Objection } from "../../../src/outcomes/verdict.ts";
import type { Note, Source } from "../../../src/state/passage.ts";

interface Asked {
  task: string;
}

interface Noted extends Asked {
  notes: Note[];
}

interface Written extends Noted {
  answer: string;
}

export const takeNotes = ({ task }: Asked, sources: Source[]) =>
  prompt(
    "You are a researcher. Take notes for an answer from the sources below.",
    block("task", task),
    ...sources.map(({ id, title, text }) => block("source", text, { id, title })),
    block(
      "instructions",
      "Note every statement that helps with the task: each one self-contained, true to its source, and with the source's number. Use nothing but the sources. If they say nothing on the task, give no notes.",
    ),
  );

export const write = ({ task, notes }: Noted) =>
  prompt(
    "You are a writer. Answer the task from the notes.",
    block("task", task),
    notesBlock(notes),
    instructions("answer", `Answer with the text alone, in Markdown. ${CITED}`),
  );

export const review = ({ task, notes, answer }: Written) =>
  prompt(
    "You are a reviewer. Judge whether the answer below can be given as it stands.",
    block("task", task),
    notesBlock(notes),
    block("draft", answer),
    block(
      "instructions",
      "Check that each statement is supported by the note whose source it cites, that nothing is missing that the task asks for and the notes allow, and that a reader who does not know the matter can follow. Approve only if nothing has to be changed, and then give no objections; otherwise say of each what to change.",
    ),
  );

export const revise = ({
  task,
  notes,
  answer,
  verdicts,
}: Written & { verdicts: { objections: Objection[] }[] }) =>
  prompt(
    "You are a writer. Revise your answer so that it meets the reviewer's objections.",
    block("task", task),
    notesBlock(notes),
    block("draft", answer),
    block("objections", (verdicts.at(-1)?.objections ?? []).map(objection).join("\n")),
    instructions(
      "revision",
      `Answer with the whole revised text alone, in Markdown. Meet every objection, and leave alone what none of them touches. ${CITED}`,
    ),
  );

const CITED =
  "Rest every claim on the notes and cite the number of its source behind it, as in [1]; list no sources at the end. If there are no notes, say that no source was found.";

const notesBlock = (notes: Note[]) =>
  notes.length > 0 && block("notes", notes.map(({ claim, source }) => `- ${claim} [${source}]`).join("\n"));

const objection = ({ aspect, problem, change }: Objection) => `- [${aspect}] ${problem} → ${change}`;
