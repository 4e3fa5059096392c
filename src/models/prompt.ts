/**
 * The one format of prompts: an instruction, then blocks of material in tags.
 *
 * A language model reads the tags as structure; the offline model parses them. Both sides are
 * kept here, so that they cannot drift apart.
 *
 * @module
 */
import type { Source } from "../state/passage.ts";

/** The forms that a text answer can be asked for in. */
export type AnswerForm = "outline" | "article" | "revision" | "plan" | "answer" | "report";

/** The names of the blocks that a prompt may hold. */
export type BlockName =
  | "task"
  | "context"
  | "instructions"
  | "source"
  | "notes"
  | "outline"
  | "draft"
  | "objections"
  | "plan"
  | "choices"
  | "report"
  | "material"
  | "role"
  | "contract"
  | "limits";

/** One block of a prompt, as it is read back. */
export interface Block {
  name: BlockName;
  attributes: Record<string, string>;
  text: string;
}

const NAMES: readonly BlockName[] = [
  "task",
  "context",
  "instructions",
  "source",
  "notes",
  "outline",
  "draft",
  "objections",
  "plan",
  "choices",
  "report",
  "material",
  "role",
  "contract",
  "limits",
];
/** Tags, with the backslashes that already defuse them: one more is added, and one is taken away again. */
const TAG = new RegExp(`<(\\\\*/?)(?=(?:${NAMES.join("|")})\\b)`, "g");
const DEFUSED = new RegExp(`<\\\\(\\\\*/?)(?=(?:${NAMES.join("|")})\\b)`, "g");
const BLOCK = new RegExp(`<(${NAMES.join("|")})((?: [a-z]+="[^"]*")*)>\\n([\\s\\S]*?)\\n</\\1>`, "g");

/** A block of material. Tags inside the text are defused, so that material cannot end its own block. */
export function block(
  name: BlockName,
  text: string,
  attributes: Record<string, string | number> = {},
): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${attributeText(String(value))}"`,
  );
  return `<${name}${written.join("")}>\n${text.replace(TAG, "<\\$1")}\n</${name}>`;
}

/** A passage that an answer may cite, as a block of material. */
export const sourceBlock = ({ id, title, file, text }: Source) => block("source", text, { id, title, file });

/** Passages that an answer may cite, for one who has no tool to read on in their files. */
export const sourceBlocks = (sources: readonly Source[]): string[] =>
  sources.map(({ id, title, text }) => block("source", text, { id, title }));

/** What there is to choose from, each with what it is for. */
export const choices = (entries: Readonly<Record<string, string>>): string =>
  block(
    "choices",
    Object.entries(entries)
      .map(([name, description]) => `- ${name}: ${description}`)
      .join("\n"),
  );

/** What a text says before its first source. */
export const beforeSources = (text: string): string => {
  const first = text.search(/<source\b/);
  return first < 0 ? "" : text.slice(0, first).trim();
};

/** The closing block: what to answer, and in which form. */
export function instructions(form: AnswerForm, text: string): string {
  return block("instructions", text, { form });
}

/** Joins the parts of a prompt, leaving out those that are empty. */
export function prompt(...parts: (string | false | undefined)[]): string {
  return parts.filter((part) => part).join("\n\n");
}

/** Reads the blocks of a prompt back, in order. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(BLOCK)].map(([, name, attributes, body]) => ({
    name: name as BlockName,
    attributes: Object.fromEntries(
      [...(attributes ?? "").matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key, value]) => [
        key ?? "",
        value ?? "",
      ]),
    ),
    text: (body ?? "").replace(DEFUSED, "<$1"),
  }));
}

const attributeText = (value: string) => value.replaceAll('"', "'").replace(/\s+/g, " ");
