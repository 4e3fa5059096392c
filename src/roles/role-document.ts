import type { Document, LineCounter, Node, YAMLError } from "yaml";
import { messageOf, type RoleProblem } from "../errors.ts";
import { onceLoaded } from "../telemetry/once-loaded.ts";
import type { FieldPath } from "./field-schema.ts";
import { Role } from "./role.ts";
import { type FieldProblem, nameOf, problemsOf } from "./role-problems.ts";
import { QUOTES, syntaxInWords } from "./yaml-faults.ts";

const loadYaml = onceLoaded(() => import("yaml"));

/** How often a file may refer to parts of itself (YAML's aliases), and parts of them, together. */
const MAX_ALIASES = 50;

/** A role, and where its file names it. */
export interface PlacedRole {
  role: Role;
  line: number;
  column: number;
}

/** What a role file holds: the roles that fit, and all that does not. */
export interface RoleDocument {
  roles: PlacedRole[];
  problems: RoleProblem[];
}

/**
 * Reads the text of a role file: YAML 1.2 by its core schema, of which JSON is a part. Where the text itself
 * cannot be read, nothing is said of the fields.
 */
export async function readRoleDocument(file: string, text: string): Promise<RoleDocument> {
  const { LineCounter, parseDocument } = await loadYaml();
  const lines = new LineCounter();
  const faulty = (faults: { at: number; message: string }[]): RoleDocument => ({
    roles: [],
    problems: faults.map(({ at, message }) => ({ file, ...placeOf(lines, at), path: "", message })),
  });
  try {
    const document = parseDocument(text, { ...STRICTLY, lineCounter: lines });
    const misfit = /\.json$/i.test(file) ? jsonFault(text) : undefined;
    if (misfit) return faulty([misfit]);
    const faults = [...document.errors, ...document.warnings];
    if (faults.length > 0) return faulty(onePerLine(faults, lines));
    const aliases = await aliasFaults(document);
    if (aliases.length > 0) return faulty(aliases);
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return rolesIn(value, await finderOf(document, file, lines));
  } catch (error) {
    return faulty([{ at: 0, message: `The file cannot be read: ${messageOf(error).split("\n")[0]}.` }]);
  }
}

const STRICTLY = {
  version: "1.2",
  schema: "core",
  resolveKnownTags: false,
  stringKeys: true,
  prettyErrors: false,
} as const;

const placeOf = (lines: LineCounter, offset: number) => {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
};

/** The first fault of each line: those behind it are mostly its consequences. */
function onePerLine(faults: readonly YAMLError[], lines: LineCounter) {
  const seen = new Set<number>();
  return faults.flatMap((fault) => {
    const at = fault.pos[0];
    const { line } = lines.linePos(at);
    if (seen.has(line)) return [];
    seen.add(line);
    return [{ at, message: syntaxInWords(fault) }];
  });
}

/** References (YAML's aliases) to parts that there are none of, or that they themselves stand in. */
async function aliasFaults(document: Document): Promise<{ at: number; message: string }[]> {
  const { visit } = await loadYaml();
  const faults: { at: number; message: string }[] = [];
  visit(document, {
    Alias: (_, alias, around) => {
      const part = alias.resolve(document);
      if (part && !around.includes(part)) return;
      const why = part ? "it stands in that part itself" : "there is none of that name before it";
      const message = `*${alias.source} stands for another part of the file, but ${why}. ${QUOTES}.`;
      faults.push({ at: alias.range?.[0] ?? 0, message });
    },
  });
  return faults;
}

/** Why a text is no JSON. */
function jsonFault(text: string): { at: number; message: string } | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const at = Number(/at position (\d+)/.exec(messageOf(error))?.[1] ?? 0);
    return { at, message: `This is no JSON: ${messageOf(error)}. Put it right, or name the file .yaml.` };
  }
}

/** Says where a problem is. */
type Finder = (problem: FieldProblem) => RoleProblem;

function rolesIn(value: unknown, found: Finder): RoleDocument {
  const whole = (message: string, path: FieldPath = [], isKey = false): RoleDocument => ({
    roles: [],
    problems: [found({ path, isKey, message })],
  });
  if (value === null || value === undefined) return whole(`The file is empty; ${BEGIN}`);
  if (Array.isArray(value)) return whole("Several roles stand below roles:; write that above the list.");
  if (typeof value !== "object") return whole(`The file holds no fields; ${BEGIN}`);
  const { $schema: _, ...fields } = value as Record<string, unknown>;
  if (!("roles" in fields)) return roleIn(fields, [], found);
  const { roles, ...others } = fields;
  const beside = Object.keys(others).map((key) =>
    found({
      path: [key],
      isKey: true,
      message: "Beside roles: nothing else may stand; write it into a role.",
    }),
  );
  if (!Array.isArray(roles) || roles.length === 0) {
    const wanted = whole("It has to be a list of roles, each behind a dash.", ["roles"]);
    return { roles: [], problems: [...beside, ...wanted.problems] };
  }
  const each = roles.map((role, at) => roleIn(role, ["roles", at], found));
  return {
    roles: each.flatMap((one) => one.roles),
    problems: [...beside, ...each.flatMap((one) => one.problems)],
  };
}

const BEGIN = "write at least name: and goal:, each on a line of its own.";

function roleIn(value: unknown, at: FieldPath, found: Finder): RoleDocument {
  const parsed = Role.safeParse(value);
  if (!parsed.success) {
    const problems = problemsOf(Role, parsed.error, value);
    return { roles: [], problems: problems.map((each) => found({ ...each, path: [...at, ...each.path] })) };
  }
  const { line, column } = found({ path: [...at, "name"], isKey: false, message: "" });
  return { roles: [{ role: parsed.data, line: line ?? 1, column: column ?? 1 }], problems: [] };
}

/** Finds the places of fields: of what is missing, the place of what it is missing in. */
async function finderOf(document: Document, file: string, lines: LineCounter): Promise<Finder> {
  const { isAlias, isMap, isNode, isScalar, isSeq } = await loadYaml();
  const resolved = (node: unknown) => (isAlias(node) ? node.resolve(document) : node);
  const offsetOf = (node: unknown, otherwise: number) =>
    isNode(node) ? ((node as Node).range?.[0] ?? otherwise) : otherwise;
  return ({ path, isKey, message }) => {
    let node: unknown = document.contents;
    let offset = offsetOf(node, 0);
    for (const [index, step] of path.entries()) {
      const around = resolved(node);
      const pair = isMap(around)
        ? around.items.find(({ key }) => (isScalar(key) ? key.value : key) === String(step))
        : undefined;
      if (!pair && !isSeq(around)) break;
      node = pair ? pair.value : isSeq(around) ? around.items[Number(step)] : undefined;
      const isLast = index === path.length - 1;
      const isEmpty = isScalar(node) && node.value === null;
      offset = offsetOf(pair && ((isLast && isKey) || isEmpty) ? pair.key : node, offset);
    }
    return { file, ...placeOf(lines, offset), path: nameOf(path), message };
  };
}
