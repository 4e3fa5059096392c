import { promises as fs } from "node:fs";
import path from "node:path";
import { codeOf, messageOf, RoleError, type RoleProblem } from "../errors.ts";
import type { Role } from "./role.ts";
import { type PlacedRole, readRoleDocument } from "./role-document.ts";
import { inLines } from "./role-problems.ts";

/** The largest role file, in bytes. */
const MAX_BYTES = 256 * 1024;
/** The most files that are read of a folder. */
const MAX_FILES = 500;
/** The endings of role files; a `.schema.json` beside them is for editors. */
const ENDING = /(?<!\.schema)\.(?:ya?ml|json)$/i;

/**
 * The roles of a file, or of all the YAML and JSON files of a folder (not of the folders in it), by the files'
 * names. A file holds one role, or several below `roles`.
 *
 * @throws RoleError saying all that is wrong, with file, line, column and field
 */
export async function loadRoles(fileOrFolder: string): Promise<Role[]> {
  const read = await Promise.all((await filesOf(fileOrFolder)).map(readFile));
  const files = read.map(({ file }) => file);
  const problems = [...read.flatMap((each) => each.problems), ...duplicates(read)].sort(
    (one, other) => files.indexOf(one.file ?? "") - files.indexOf(other.file ?? "") || byPlace(one, other),
  );
  if (problems.length > 0) throw new RoleError(inWords(problems), { problems });
  return read.flatMap(({ roles }) => roles.map(({ role }) => role));
}

async function filesOf(fileOrFolder: string): Promise<string[]> {
  const found = await fs.stat(fileOrFolder).catch((cause: unknown) => {
    const shown = path.resolve(fileOrFolder);
    throw new RoleError(
      `There is no role file or folder ${shown} that can be read (${codeOf(cause) ?? messageOf(cause)}).`,
      {
        cause,
      },
    );
  });
  if (!found.isDirectory()) return [fileOrFolder];
  const names = (await fs.readdir(fileOrFolder)).filter((name) => ENDING.test(name) && !name.startsWith("."));
  const shown = path.resolve(fileOrFolder);
  if (names.length === 0) {
    throw new RoleError(`The folder ${shown} holds no role file: none that ends in .yaml, .yml or .json.`);
  }
  if (names.length > MAX_FILES) {
    throw new RoleError(
      `The folder ${shown} holds ${names.length} role files; at most ${MAX_FILES} are read.`,
    );
  }
  return names.sort().map((name) => path.join(fileOrFolder, name));
}

interface ReadFile {
  file: string;
  roles: PlacedRole[];
  problems: RoleProblem[];
}

async function readFile(file: string): Promise<ReadFile> {
  const unreadable = (message: string): ReadFile => ({
    file,
    roles: [],
    problems: [{ file, line: null, column: null, path: "", message }],
  });
  try {
    const found = await fs.stat(file);
    if (!found.isFile()) return unreadable("This is no file.");
    if (found.size > MAX_BYTES) return unreadable(`The file is larger than ${MAX_BYTES / 1024} kB.`);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await fs.readFile(file));
    return { file, ...(await readRoleDocument(file, text)) };
  } catch (error) {
    if (error instanceof TypeError) return unreadable("The file is no text in UTF-8; save it as UTF-8.");
    return unreadable(`The file cannot be read (${codeOf(error) ?? messageOf(error)}).`);
  }
}

/** Roles of one name: each that is not the first. */
function duplicates(read: readonly ReadFile[]): RoleProblem[] {
  const first = new Map<string, string>();
  return read.flatMap(({ file, roles }) =>
    roles.flatMap(({ role: { name }, line, column }) => {
      const place = first.get(name);
      if (place === undefined) {
        first.set(name, `${file}, line ${line}`);
        return [];
      }
      const message = `There is a role ${name} already, in ${place}; give each a name of its own.`;
      return [{ file, line, column, path: "name", message }];
    }),
  );
}

const byPlace = (one: RoleProblem, other: RoleProblem) =>
  (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);

/** All problems, below the files that they are in. */
function inWords(problems: readonly RoleProblem[]): string {
  return [...new Set(problems.map(({ file }) => file))]
    .map((file) => {
      const own = problems.filter((problem) => problem.file === file);
      return `The role file ${file} cannot be used:\n${inLines(own)}`;
    })
    .join("\n");
}
