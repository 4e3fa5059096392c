import { getConfig, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { UsageError } from "../errors.ts";
import { notify } from "../events/notices.ts";
import {
  type Delegation,
  type Load,
  leastLoaded,
  loadOf,
  nextInTurn,
  type Strategy,
} from "../outcomes/delegation.ts";
import { durably, hashOf } from "../resilience/durable-call.ts";
import { FITS_FROM, fitsOf } from "../roles/expertise.ts";
import type { Role } from "../roles/role.ts";
import type { RunContext } from "../state/context.ts";
import { isDuplicate } from "../state/duplicates.ts";
import { chosenByModel, NOBODY } from "./delegate-by-model.ts";
import { roleOf } from "./role-of.ts";

/** The name of the LangGraph task that every delegation is. */
export const DELEGATION_TASK = "delegation";

/** How it is chosen to whom tasks are given. */
export interface Delegating {
  /** Who may be given a task. Of several that fit alike, the first. */
  to: readonly Role[];
  /**
   * By the words that task and role share; in turn; to who has the least in flight; or as a model chooses, which
   * may choose nobody.
   */
  by: Strategy;
  /** The score from which on a role fits by "expertise": a keyword counts 1, a word of what it does a quarter. 0.5 unless given. */
  threshold?: number;
  /** The role whose model chooses by "model"; "delegator" unless given. */
  role?: string;
}

/** A task that is to be given to a role. */
export interface DelegateOptions extends Delegating {
  task: string;
  /** The delegations so far, as a log has them: round robin goes on behind the last one of its own. */
  delegations?: readonly Delegation[];
  /** What each has in flight, for "least_loaded"; unless given, all that `delegations` tells of. */
  load?: Load;
}

/**
 * Chooses to whom a task is given, as a LangGraph task of its own: a resume gives it to the same one, whatever the
 * load is by then. That nobody fits is a value: of no roles nobody does; by expertise nobody who shares too few
 * words with the task; and as a model chooses nobody where it says so, or names nobody that there is. In turn and
 * by load one always does.
 *
 * Tasks are matched by call order: call it in an order that only checkpointed facts decide.
 *
 * @throws UsageError for two roles of one name, and by "model" for a role that is called "none"
 * @throws ModelError by "model" where the model fails for good; a resume asks it again
 */
export function delegate({ delegations = [], load, ...options }: DelegateOptions): Promise<Delegation> {
  const known = { delegations, load: load ?? loadOf(delegations, []) };
  const { context }: LangGraphRunnableConfig<RunContext> = getConfig();
  return delegated(options, context, async () => known);
}

/** What a choice is made by, beside the task and the roles. */
export interface Known {
  delegations: readonly Delegation[];
  load: Load;
}

/** The same, by what is known when the choice is made. */
export async function delegated(
  options: Delegating & { task: string },
  context: RunContext | undefined,
  known: () => Promise<Known>,
): Promise<Delegation> {
  const { task, by } = options;
  const to = options.to.map((role) => roleOf(role, context));
  checkRoles(to, by);
  const names = to.map(({ name }) => name);
  return durably(DELEGATION_TASK, hashOf(task, by, names), async () => {
    const chosen = await choiceOf({ ...options, to }, await known(), context);
    const told = chosen.status === "delegated" ? chosen.to : null;
    notify({ type: "delegated", task: shortened(task, MOST_TOLD), to: told, by, reason: chosen.reason });
    return chosen;
  });
}

/** How much of a task is told in an event, in characters. */
const MOST_TOLD = 200;

/** A text of at most so many characters, with a mark where it was cut. */
export const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** @throws UsageError unless each role can be told from the others */
export function checkRoles(roles: readonly Role[], by: Strategy): void {
  const names = roles.map(({ name }) => name);
  const twice = names.find(isDuplicate);
  if (twice !== undefined) {
    throw new UsageError("BAD_ROLES", `Two roles are called "${twice}"; give each a name of its own.`);
  }
  if (by !== "model" || !names.includes(NOBODY)) return;
  throw new UsageError(
    "BAD_ROLES",
    `A role is called "${NOBODY}", by which a model chooses nobody; rename it.`,
  );
}

async function choiceOf(
  options: Delegating & { task: string },
  { delegations, load }: Known,
  context: RunContext | undefined,
): Promise<Delegation> {
  const { task, to, by } = options;
  const names = to.map(({ name }) => name);
  if (names.length === 0) return NOBODY_THERE;
  switch (by) {
    case "expertise":
      return byExpertise(task, to, options.threshold ?? FITS_FROM);
    case "round_robin":
      return given(by, nextInTurn(names, delegations), () => "It is next in turn.");
    case "least_loaded":
      return given(by, leastLoaded(names, load), (name) => `It has the least in flight: ${load[name] ?? 0}.`);
    case "model":
      return chosenByModel({ task, to, role: options.role }, context);
  }
}

const NOBODY_THERE: Delegation = { status: "no_one_fits", reason: "There is nobody to give it to." };

const given = (by: Strategy, name: string | undefined, why: (name: string) => string): Delegation =>
  name === undefined ? NOBODY_THERE : { status: "delegated", to: name, by, reason: why(name) };

function byExpertise(task: string, roles: readonly Role[], threshold: number): Delegation {
  const [best] = fitsOf(task, roles);
  const words = (best?.words ?? []).slice(0, 5).map((word) => `“${word}”`);
  if (best && best.score > 0 && best.score >= threshold) {
    const speak = best.words.length === 1 ? "speaks" : "speak";
    const reason = `${words.join(", ")} ${speak} for ${best.role.name}.`;
    return { status: "delegated", to: best.role.name, by: "expertise", reason };
  }
  const nearest = words.length > 0 ? `; only ${words.join(", ")} would for ${best?.role.name}` : "";
  return { status: "no_one_fits", reason: `Too few words of the task speak for any of the roles${nearest}.` };
}
