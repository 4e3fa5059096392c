import { block, instructions, prompt, sourceBlocks } from "../../src/models/prompt.ts";
import type { Verdict } from "../../src/outcomes/verdict.ts";
import type { Note, Source } from "../../src/state/passage.ts";

export const takeNotes = ({ topic }: { topic: string }, sources: Source[]) =>
  prompt(
    "You are a researcher. Take notes for an article from the sources below.",
    block("task", topic),
    ...sourceBlocks(sources),
    block(
      "instructions",
      "Note every statement that helps to treat the task: each one self-contained, true to its source, and with the source's number. Prefer facts, causes, limits and figures to generalities. Use nothing but the sources; what they do not say is no note. If they say nothing on the task, give no notes.",
    ),
  );

export const outline = ({ topic, notes, found }: { topic: string; notes: Note[]; found: Source[] }) =>
  prompt(
    "You are a writer. Plan an article on the task below.",
    block("task", topic),
    ...found.map(({ id, title }) => block("source", "", { id, title })),
    notesBlock(notes),
    instructions(
      "outline",
      "Answer with an outline in Markdown and nothing else: one line `# Title`, then 3 to 5 sections, each one line `## Heading` and 2 to 4 lines `- point`. Each point names one thing that the section must say. Order the sections so that a reader who does not know the matter can follow.",
    ),
  );

export const write = ({ topic, notes, plan }: { topic: string; notes: Note[]; plan: string }) =>
  prompt(
    "You are a writer. Write the article that the outline plans.",
    block("task", topic),
    notesBlock(notes),
    block("outline", plan),
    instructions("article", `Answer with the article in Markdown and nothing else. ${rules(notes)}`),
  );

interface Reviewed {
  topic: string;
  notes: Note[];
  plan: string;
  draft: string;
}

export const review = ({ topic, notes, plan, draft }: Reviewed) =>
  prompt(
    "You are a reviewer. Judge whether the article below can be published.",
    block("task", topic),
    notesBlock(notes),
    block("outline", plan),
    block("draft", draft),
    block(
      "instructions",
      "Check in this order. Accuracy: each statement is supported by the note whose source it cites. Citations: each claim that rests on a note cites its source as [n]. Completeness: each point of the outline is covered, and nothing is missing that the task asks for. Structure: the sections follow the outline. Clarity: a reader who does not know the matter can follow. Approve only if nothing has to be changed, and then give no objections. Otherwise give at most 6 objections, the most important first, each with its place and with what to change. Raise only what the notes allow to mend.",
    ),
  );

export const revise = ({ topic, notes, plan, draft, verdicts }: Reviewed & { verdicts: Verdict[] }) =>
  prompt(
    "You are a writer. Revise your article so that it meets the reviewer's objections.",
    block("task", topic),
    notesBlock(notes),
    block("outline", plan),
    block("draft", draft),
    block("objections", (verdicts.at(-1)?.objections ?? []).map(objection).join("\n")),
    instructions(
      "revision",
      `Answer with the whole revised article in Markdown and nothing else. Meet every objection, and leave alone what none of them touches. ${rules(notes)}`,
    ),
  );

const notesBlock = (notes: Note[]) =>
  notes.length > 0 && block("notes", notes.map(({ claim, source }) => `- ${claim} [${source}]`).join("\n"));

const objection = ({ aspect, problem, change }: Verdict["objections"][number]) =>
  `- [${aspect}] ${problem} → ${change}`;

const rules = (notes: Note[]) =>
  notes.length > 0
    ? "Begin with the title and a paragraph that answers the task directly. Rest every claim on the notes and cite the number of its source behind it, as in [1]; cite no other numbers, and list no sources at the end. Say nothing that the notes do not support."
    : "There are no notes: begin with the title and one sentence saying that no source was found, then write from general knowledge, without citations.";
