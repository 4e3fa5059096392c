import { posix } from "node:path";
import { z } from "zod";
import { isTable, tablesIn } from "./sql-tables.ts";

/** What an argument of a tool has to be, for a role that may call it. All parts that are given have to hold. */
const ArgumentRule = z.strictObject({
  hosts: z
    .array(z.string().min(1))
    .optional()
    .describe("The hosts that an address may name; *.example.org stands for every host below example.org."),
  folders: z
    .array(z.string().min(1))
    .optional()
    .describe("The folders that a path may lie in, relative to the tool's own folder."),
  tables: z.array(z.string().min(1)).optional().describe("The tables that a SQL statement may name."),
  oneOf: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe("The values that are allowed."),
  min: z.number().optional().describe("The least amount."),
  max: z.number().optional().describe("The highest amount."),
  maxLength: z.number().int().positive().optional().describe("The longest text, in characters."),
});
type ArgumentRule = z.infer<typeof ArgumentRule>;

/** The leave to call one tool. */
export const Grant = z.strictObject({
  tool: z.string().min(1).describe("The tool's name."),
  allow: z
    .record(z.string(), ArgumentRule)
    .default({})
    .describe("What each argument has to be; an argument that is named here must be given."),
  approval: z.boolean().default(false).describe("Whether a person is asked before each call."),
});
export type Grant = z.infer<typeof Grant>;

/** Whether a call may be made, and why or why not in words that the model can act on. */
export interface Permission {
  decision: "allowed" | "denied" | "ask";
  reason: string;
}

/** Decides on a call by the first grant of the role that asks which the call fits. What no grant names is denied. */
export function permissionFor(
  grants: readonly Grant[],
  { tool, args }: { tool: string; args: unknown },
): Permission {
  const own = grants.filter((grant) => grant.tool === tool);
  if (own.length === 0) return { decision: "denied", reason: `You may not call ${tool}.` };
  const given = typeof args === "object" && args !== null ? (args as Record<string, unknown>) : {};
  const judged = own.map((grant) => ({ grant, problem: problemOf(grant, given) }));
  const fits = judged.find(({ problem }) => problem === undefined);
  if (!fits) return { decision: "denied", reason: judged.map(({ problem }) => problem).join(" ") };
  if (fits.grant.approval)
    return { decision: "ask", reason: `${tool} is called only with a person's approval.` };
  return { decision: "allowed", reason: `${tool} is granted to the role.` };
}

function problemOf({ allow }: Grant, args: Record<string, unknown>): string | undefined {
  for (const [name, rule] of Object.entries(allow)) {
    const problem = Object.hasOwn(args, name) ? misfit(rule, args[name]) : "it has to be given";
    if (problem !== undefined) return `The argument ${name} is not allowed: ${problem}.`;
  }
  return undefined;
}

function misfit(rule: ArgumentRule, value: unknown): string | undefined {
  const { hosts, folders, tables, oneOf, min, max, maxLength } = rule;
  if (hosts && !hosts.some((host) => isHost(host, value))) return `its host has to be ${hosts.join(" or ")}`;
  if (folders && !folders.some((folder) => liesIn(folder, value))) {
    return `it has to lie in ${folders.join(" or ")}`;
  }
  const named = tables && tablesOf(value);
  const foreign = named?.filter((name) => !tables?.some((table) => isTable(table, name)));
  if (tables && !named) {
    return "the tables that it names cannot be told; write one SELECT without comments, brackets and rare functions";
  }
  if (foreign && foreign.length > 0)
    return `it names ${foreign.join(", ")}; allowed are ${tables?.join(", ")}`;
  if (oneOf && !oneOf.some((each) => each === value)) return `it has to be one of ${oneOf.join(", ")}`;
  if (min !== undefined && !(typeof value === "number" && value >= min))
    return `it has to be at least ${min}`;
  if (max !== undefined && !(typeof value === "number" && value <= max)) return `it has to be at most ${max}`;
  if (maxLength !== undefined && !(typeof value === "string" && value.length <= maxLength)) {
    return `it has to be a text of at most ${maxLength} characters`;
  }
  return undefined;
}

const tablesOf = (value: unknown) => (typeof value === "string" ? tablesIn(value) : undefined);

/** What one reader of addresses drops or takes for a slash, and another one for a part of a name. */
const READ_IN_TWO_WAYS = /[\\\p{Cc}]/u;

/** Whether an address names a host, or one below it where `*.` stands before it. */
export function isHost(allowed: string, value: unknown): boolean {
  if (typeof value !== "string" || READ_IN_TWO_WAYS.test(value) || !URL.canParse(value)) return false;
  const { hostname } = new URL(value);
  const wanted = allowed.toLowerCase();
  return wanted.startsWith("*.") ? hostname.endsWith(wanted.slice(1)) : hostname === wanted;
}

/** Whether a relative path stays in a folder; links are the tool's to check. */
function liesIn(folder: string, value: unknown): boolean {
  if (
    typeof value !== "string" ||
    value.includes("\0") ||
    posix.isAbsolute(value) ||
    /^[a-z]:|\\/i.test(value)
  ) {
    return false;
  }
  // Not `posix.relative`: to that, `../name` leads back into a current folder of this name.
  const inside = within(parted(folder), parted(value));
  return inside !== undefined && inside[0] !== "..";
}

const parted = (path: string) =>
  posix
    .normalize(path)
    .replace(/\/$/, "")
    .split("/")
    .filter((part) => part !== ".");

const within = (folder: readonly string[], path: readonly string[]) =>
  folder.every((part, at) => part === path[at]) ? path.slice(folder.length) : undefined;
