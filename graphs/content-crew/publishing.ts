import { createHash } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import { NotDone } from "../../src/errors.ts";
import { effect } from "../../src/resilience/effect.ts";
import type { Reconciled } from "../../src/resilience/effect-act.ts";
import { onceLoaded } from "../../src/telemetry/once-loaded.ts";
import { outputFolder } from "../../src/tools/output-folder.ts";
import { lookedAt, placeFile } from "../../src/tools/placed-file.ts";
import type { Files } from "./files.ts";
import type { Publication, State } from "./state.ts";

/** What makes the files loads libraries that nothing else needs. */
const loadFiles = onceLoaded(() => import("./files.ts"));

/** How many articles of one name a folder can have. */
const MAX_OF_A_NAME = 100;

/**
 * Publishes an article as a Markdown and an HTML file, each by an effect of its own: once, whatever becomes of the
 * run. A file that is there with another text is never replaced: both files get a number behind their name then.
 *
 * @throws EffectError "EFFECT_NOT_DONE" where a file cannot be written; a resume tries again
 */
export async function published({ folder: given, ...article }: Cleared): Promise<Publication> {
  const { filesOf } = await loadFiles();
  const files = await filesOf(article);
  const hash = createHash("sha256").update(files.markdown).digest("hex");
  // The folder is checkpointed: a resume after a doubtful write looks where that write went, whatever it is given.
  const { folder, name } = await effect(
    `publish ${files.name}.md, sha256 ${hash}`,
    async ({ signal }) => placedFirst({ folder: await outputFolder(given), files, signal }),
    {
      schema: Place,
      reconcile: async () => reconciled(await placeOf(await outputFolder(given), files)),
    },
  );
  const [markdown, html] = [`${name}.md`, `${name}.html`];
  const isThere = async () => (await stands(folder, html, files.html)) === "same";
  await effect(
    `publish ${html}, sha256 ${hash}`,
    ({ signal }) => placed({ folder, signal }, html, files.html),
    { schema: z.string(), reconcile: async () => reconciled((await isThere()) ? html : undefined) },
  );
  return { folder, markdown, html };
}

/** An article that is cleared for publication, and the folder that it goes to. */
type Cleared = Pick<State, "topic" | "article" | "sources" | "date" | "folder">;

/** Where an article stands. */
const Place = z.object({
  folder: z.string().describe("The folder's real path."),
  name: z.string().describe("What both files are called before their endings."),
});
type Place = z.infer<typeof Place>;

const reconciled = <Result>(found: Result | undefined): Reconciled<Result> =>
  found === undefined ? { state: "not_done" } : { state: "done", result: found };

const namesFor = (name: string) =>
  Array.from({ length: MAX_OF_A_NAME }, (_, at) => (at === 0 ? name : `${name}-${at + 1}`));

const stands = (folder: string, file: string, text: string) =>
  lookedAt(path.join(folder, file), Buffer.from(text));

/** Whether nobody's text but ours stands under a name. */
async function isFree(folder: string, name: string, { markdown, html }: Files): Promise<boolean> {
  const found = [await stands(folder, `${name}.md`, markdown), await stands(folder, `${name}.html`, html)];
  return found.every((each) => each === "nothing" || each === "same");
}

interface Placing {
  folder: string;
  signal: AbortSignal;
}

/** Puts the Markdown file in place under the first name that is free for both files. */
async function placedFirst({ folder, files, signal }: Placing & { files: Files }): Promise<Place> {
  for (const name of namesFor(files.name)) {
    if (!(await isFree(folder, name, files))) continue;
    try {
      await placed({ folder, signal }, `${name}.md`, files.markdown);
      return { folder, name };
    } catch (error) {
      // Somebody else may have taken the name in between.
      if (await isFree(folder, name, files)) throw error;
    }
  }
  throw new NotDone(`There are ${MAX_OF_A_NAME} articles called ${files.name} in ${folder}; move some away.`);
}

async function placed({ folder, signal }: Placing, file: string, text: string): Promise<string> {
  if ((await stands(folder, file, text)) === "other")
    throw new NotDone(`${path.join(folder, file)} is there with another text; move it away.`);
  await placeFile({ root: folder, parts: [file], content: Buffer.from(text), overwrite: false, signal });
  return file;
}

/** Where the Markdown file stands already, if it does. */
async function placeOf(folder: string, { name, markdown }: Files): Promise<Place | undefined> {
  for (const each of namesFor(name)) {
    if ((await stands(folder, `${each}.md`, markdown)) === "same") return { folder, name: each };
  }
  return undefined;
}
