import { createHash } from "node:crypto";
import path from "node:path";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { EffectError, NotDone, ToolError } from "../errors.ts";
import { effect } from "../resilience/effect.ts";
import { sanitizeHtml } from "../security/html.ts";
import { settings } from "../settings.ts";
import { boundedTool } from "./bounded.ts";
import { outputFolder } from "./output-folder.ts";
import { holds, placeFile } from "./placed-file.ts";
import { writableParts } from "./writable-path.ts";

/** Where a role may write, and what. */
export interface FileWriterOptions {
  /** The folder that files are written below, made at the first write; without it the settings decide. */
  folder?: string | undefined;
  /** The largest file, in bytes; 500,000 unless given. */
  maxBytes?: number;
  /** The endings of the files that may be written, in lower case; .md .txt .html .json .csv unless given. */
  endings?: readonly string[];
}

/** A file that `write_file` wrote. */
export const WrittenFile = z.object({
  path: z.string().describe("The file's path below the output folder."),
  bytes: z.number().int(),
  state: z
    .enum(["created", "replaced", "unchanged", "written"])
    .describe("What became of it; written: created or replaced before a crash."),
});
export type WrittenFile = z.infer<typeof WrittenFile>;

const Writing = z.object({
  path: z.string().min(1).describe("The file's path below the output folder, such as reports/summary.md."),
  content: z.string().describe("The whole text of the file."),
  overwrite: z.boolean().optional().describe("Whether a file that is there may be replaced."),
});

const MAX_BYTES = 500_000;
const ENDINGS: readonly string[] = [".md", ".txt", ".html", ".json", ".csv"];

/**
 * The tool `write_file`: writes a text below one folder, and nowhere else; HTML (.html, .htm) is sanitised before.
 *
 * A write is an `effect`, named by folder, path and content: a run that was killed in it looks, when it is resumed,
 * whether the file holds the text, and never leaves a half file. It needs a node of a graph to run in.
 */
export function fileWriter(options: FileWriterOptions = {}): StructuredToolInterface {
  const { maxBytes = MAX_BYTES, endings = ENDINGS } = options;
  return boundedTool(
    {
      name: "write_file",
      description:
        `Writes a text file (${endings.join(", ")}) below the output folder, folders included, and says whether it was ` +
        "created or replaced. A file that is there is replaced only with overwrite: true. " +
        "HTML is reduced to text markup: no scripts, styles, forms or frames.",
      schema: Writing,
      acts: true,
    },
    async (writing) => {
      const parts = writableParts(writing.path, endings);
      const isHtml = /\.html?$/i.test(parts.at(-1) ?? "");
      const text = isHtml ? await sanitizeHtml(writing.content) : writing.content;
      const content = Buffer.from(text);
      if (content.byteLength > maxBytes) {
        const size = `${content.byteLength} bytes, and at most ${maxBytes} are written`;
        throw new ToolError(`The text has ${size}. Write it in several files.`);
      }
      const folder = options.folder ?? settings().outputFolder;
      const file = await written({ folder, parts, content, overwrite: writing.overwrite ?? false });
      const removed = text === writing.content ? "" : " Its HTML was sanitised: only text markup is left.";
      return { content: `${inWords(file)}${removed}`, artifact: file };
    },
  );
}

interface Whole {
  folder: string;
  parts: readonly string[];
  content: Buffer;
  overwrite: boolean;
}

async function written({ folder, parts, content, overwrite }: Whole): Promise<WrittenFile> {
  const shown = parts.join("/");
  const file = { path: shown, bytes: content.byteLength };
  const hash = createHash("sha256").update(content).digest("hex");
  const act = async ({ signal }: { signal: AbortSignal }): Promise<WrittenFile> => {
    const root = await outputFolder(folder);
    return { ...file, state: await placeFile({ root, parts, content, overwrite, signal }) };
  };
  const reconcile = async () =>
    (await holds(await outputFolder(folder), parts, content))
      ? { state: "done" as const, result: { ...file, state: "written" as const } }
      : { state: "not_done" as const };
  const key = `write ${path.posix.join(folder, shown)}, sha256 ${hash}`;
  const result = await effect(key, act, { schema: WrittenFile, reconcile }).catch((error) => {
    const notDone = error instanceof EffectError && error.code === "EFFECT_NOT_DONE";
    throw notDone && error.cause instanceof NotDone
      ? new ToolError(error.cause.message, { cause: error })
      : error;
  });
  if (await holds(await outputFolder(folder), parts, content)) return result;
  throw new ToolError(
    `This text was written to ${shown} before in this run, and the file has changed since. ` +
      "Change the text, or choose another path.",
  );
}

function inWords({ path: shown, bytes, state }: WrittenFile): string {
  if (state === "unchanged")
    return `${shown} held exactly this text already (${bytes} bytes); nothing was written.`;
  return `${{ created: "Created", replaced: "Replaced", written: "Wrote" }[state]} ${shown} (${bytes} bytes).`;
}
