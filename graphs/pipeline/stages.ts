import * as checks from "./checks.ts";
import * as prompts from "./prompts.ts";
import type { Material, Stage } from "./stage.ts";
import { Digest, Records, Statements } from "./state.ts";

const extract: Stage<Material, typeof Statements> = {
  name: "extract",
  role: "extractor",
  gives: "Statements",
  schema: Statements,
  prompt: prompts.extract,
  lacks: ({ sources }) =>
    sources.length === 0 ? "No text was given that can be read, and no document was found." : undefined,
  check: (value, { sources }) => checks.misquoted(value, sources),
  inWords: ({ statements }) =>
    statements
      .map(({ claim, quote, source }) => `- ${claim === quote ? "" : `${claim} `}“${quote}” [${source}]`)
      .join("\n"),
};

const transform: Stage<Statements, typeof Records> = {
  name: "transform",
  role: "analyst",
  gives: "Records",
  schema: Records,
  prompt: prompts.transform,
  lacks: ({ statements }) => (statements.length === 0 ? "The sources say nothing on the task." : undefined),
  check: checks.misfiled,
  inWords: ({ records }) => prompts.recordsInWords(records),
};

const format: Stage<Records, typeof Digest> = {
  name: "format",
  role: "editor",
  gives: "Digest",
  schema: Digest,
  prompt: prompts.format,
  lacks: ({ records }) => (records.length === 0 ? "Every statement was dropped." : undefined),
  check: ({ text }, given) => checks.miscited(text, given),
  inWords: ({ text }) => text,
};

/** The stages of a pipeline unless it is given others. */
export const STAGES = [extract, transform, format] as const;
