import { block, instructions, prompt, sourceBlock } from "../../src/models/prompt.ts";
import { citationsOf } from "../../src/nodes/index.ts";
import type { Objection } from "../../src/outcomes/verdict.ts";
import type { Note, Source } from "../../src/state/passage.ts";
import type { Angle } from "./researches.ts";
import type { Review } from "./reviews.ts";
import type { Raised } from "./state.ts";

/** The questions that each research searches for. */
export const queries = {
  topic: (topic: string) => [topic],
  surroundings: (topic: string) => [
    `${topic}: costs and failures`,
    `${topic}: limits, what is not guaranteed, when not to use it`,
    topic,
  ],
};

export const takeNotes = (topic: string, { name, brief }: Angle, sources: Source[]) =>
  prompt(
    "You are a researcher. Take notes for an article from the sources below. Another researcher takes notes from another side.",
    block("task", topic),
    block("context", brief, name === "topic" ? { about: name } : { perspective: name }),
    ...sources.map(({ id, title, text }) => block("source", text, { id, title })),
    block(
      "instructions",
      "Note every statement that bears on the task from your side: each one self-contained, true to its source, and with the source's number. Prefer facts, causes, conditions and figures to generalities. Use nothing but the sources; what they do not say is no note. If they say nothing on the task from your side, give no notes.",
    ),
  );

/** What both writing and reviewing read. */
export interface Material {
  topic: string;
  found: Source[];
  /** The notes by research. */
  notes: { from: string; notes: Note[] }[];
  /** The researches without a result, in words; empty if there are none. */
  lacking: string;
}

export const write = (material: Material) =>
  prompt(
    "You are a writer. Write an article on the task below out of the notes of two researchers.",
    ...materialBlocks(material),
    material.lacking &&
      block(
        "context",
        `These researches brought nothing:\n${material.lacking}\nSay in the article what it therefore cannot say, and put nothing in its place.`,
        { about: "missing" },
      ),
    instructions(
      "article",
      `Answer with the article in Markdown and nothing else: a title, a paragraph that answers the task directly, then sections. Treat what the matter is, and what limits it, speaks against it or could take its place. ${CITED}`,
    ),
  );

interface Reviewing extends Material {
  draft: string;
  review: Review;
  /** What plain checks found. */
  checked: string;
}

export const judge = ({ draft, review: { name, brief, aspects }, checked, ...material }: Reviewing) =>
  prompt(
    `You are a reviewer of ${name}. Judge the article below in this alone; others judge the rest.`,
    ...materialBlocks(material, aspects.some((aspect) => ABOUT_SOURCES.includes(aspect)) ? draft : ""),
    block("draft", draft),
    checked && block("material", checked, { from: "a check by rules, which knows no meaning" }),
    block("choices", aspects.map((aspect) => `- ${aspect}: ${ASPECTS[aspect]}`).join("\n")),
    block(
      "instructions",
      `What you judge: ${brief} Approve only if nothing of that has to be changed, and then give no objections. Otherwise give at most 6 objections, the most important first, each of one of the aspects above, with its place and with what to change. Raise only what the notes allow to mend.`,
    ),
  );

interface Optimising extends Material {
  draft: string;
  objections: Raised[];
}

export const optimise = ({ draft, objections, ...material }: Optimising) =>
  prompt(
    "You are an editor. Revise the article so that it meets the objections of its reviewers.",
    ...materialBlocks(material),
    block("draft", draft),
    block(
      "objections",
      objections.map(({ aspect, problem, change }) => `- [${aspect}] ${problem} → ${change}`).join("\n"),
    ),
    instructions(
      "revision",
      `Answer with the whole revised article in Markdown and nothing else. Meet every objection, and leave alone what none of them touches. Where two contradict each other, the facts go first. ${CITED}`,
    ),
  );

/** The task, the sources and the notes; of the sources that a draft is judged by also what they say. */
function materialBlocks({ topic, found, notes }: Material, draft = "") {
  const cited = citationsOf(draft);
  return [
    block("task", topic),
    ...found.map((source) => sourceBlock(cited.includes(source.id) ? source : { ...source, text: "" })),
    ...notes
      .filter((each) => each.notes.length > 0)
      .map((each) => block("notes", notesInWords(each.notes), { from: each.from })),
  ];
}

/** Notes, one line each. */
export const notesInWords = (notes: readonly Note[]) =>
  notes.map(({ claim, source }) => `- ${claim} [${source}]`).join("\n");

const ABOUT_SOURCES: readonly Objection["aspect"][] = ["accuracy", "citation"];

const ASPECTS: Record<Objection["aspect"], string> = {
  accuracy: "a statement is not what its source says",
  completeness: "something is missing that the task asks for and the notes have",
  clarity: "something cannot be understood, or not easily",
  structure: "something stands in the wrong place",
  citation: "a claim cites nothing, or the wrong source",
};

const CITED =
  "Rest every claim on the notes and cite the number of its source behind it, as in [1]; cite no other numbers, and list no sources at the end. Say nothing that the notes do not support.";
