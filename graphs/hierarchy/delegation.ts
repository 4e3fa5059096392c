import { notify } from "../../src/events/notices.ts";
import {
  branch,
  type NodeConfig,
  parallel,
  Roster,
  structured,
  underOneNumbering,
} from "../../src/nodes/index.ts";
import type { Delegation, Strategy } from "../../src/outcomes/delegation.ts";
import { type Missing, type Outcome, parted } from "../../src/outcomes/outcome.ts";
import type { Role } from "../../src/roles/role.ts";
import * as prompts from "./prompts.ts";
import { type Division, divisionInto, type Part, type SpecialistReport, type WorkerReport } from "./state.ts";

/** Divides a task among those whom a role leads; a division that cannot be read leaves it whole. */
export async function divided(
  dividing: Parameters<typeof prompts.divide>[0],
  { context }: NodeConfig,
): Promise<Division> {
  const { by, task, most } = dividing;
  const question = { role: by.name, prompt: prompts.divide(dividing), name: "Division" };
  const answer = await structured({ ...question, schema: divisionInto(most) }, context);
  if ("value" in answer) return answer.value;
  notify({ type: "note", text: `No valid Division, so the task stays whole: ${answer.fault}` });
  return { parts: [{ title: "The task", description: task, needs: [] }] };
}

/** How parts are given away. */
interface Delegating<Report> {
  /** Who divided the task, and does a part that fits nobody. */
  from: Role;
  to: readonly Role[];
  by: Strategy;
  /** Does a part; what it throws is a failure of that part alone. */
  work: (role: Role, part: Part) => Promise<Report>;
}

/** What became of a part. */
type Entry<Report> = {
  title: string;
  delegation: Delegation | null;
  outcome: Outcome<Report>;
};

/**
 * Gives all parts away at once, and gives what became of each, in their order. A failure costs its own part alone.
 * Each part is a branch, so that whether someone fits is settled within it, whoever is faster.
 */
export async function delegatedTo<Report>(
  parts: readonly Part[],
  { from, to, by, work }: Delegating<Report>,
): Promise<Entry<Report>[]> {
  const roster = new Roster({ to, by, role: from.name });
  const given = async (part: Part) => {
    const { delegation, outcome } = await roster.assign(inWords(part), (role) => work(role, part));
    const own = () => branch({ who: from.name, work: () => work(from, part) });
    return { delegation, outcome: outcome ?? (await own()) };
  };
  const branches = parts.map((part) => ({ who: part.title, work: () => given(part) }));
  const ended = await parallel(branches, "best_effort");
  return ended.map((each, at) => {
    const title = parts[at]?.title ?? "";
    const { delegation, outcome } = each.status === "ok" ? each.value : { delegation: null, outcome: each };
    return { title, delegation, outcome: { ...outcome, who: title } };
  });
}

/** What a part is chosen by: its words, and the expertise that it takes. */
const inWords = ({ title, description, needs }: Part) =>
  [`${title}: ${description}`, needs.join(", ")].filter(Boolean).join("\n");

/** What there is of parts: the reports under one numbering, and what is missing, with what is missing in the reports. */
export function broughtBy<Report extends WorkerReport | SpecialistReport>(
  entries: readonly Pick<Entry<Report>, "outcome">[],
): { reports: Report[]; missing: Missing[] } {
  const { given, missing } = parted(entries.map(({ outcome }) => outcome));
  const values = given.map(({ value }) => value);
  const within = values.flatMap((value) => ("parts" in value ? broughtBy(value.parts).missing : []));
  return { reports: underOneNumbering(values), missing: [...missing, ...within] };
}
