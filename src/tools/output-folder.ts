import { promises as fs } from "node:fs";
import path from "node:path";
import { messageOf, NotDone } from "../errors.ts";

/**
 * The real path of a folder that files are written below, made where it is missing.
 *
 * @throws NotDone where it cannot be made
 */
export async function outputFolder(folder: string): Promise<string> {
  const wanted = path.resolve(folder);
  try {
    await fs.mkdir(wanted, { recursive: true });
    return await fs.realpath(wanted);
  } catch (error) {
    throw new NotDone(`The output folder cannot be made: ${messageOf(error)}.`, { cause: error });
  }
}
