import { getConfig, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { type Delegation, type Load, loadOf } from "../outcomes/delegation.ts";
import type { Outcome } from "../outcomes/outcome.ts";
import type { Spent } from "../outcomes/spend.ts";
import { durably, hashOf } from "../resilience/durable-call.ts";
import { accounted, scoped } from "../resilience/scope.ts";
import type { Role } from "../roles/role.ts";
import type { RunContext } from "../state/context.ts";
import { branch } from "./branch.ts";
import { checkRoles, type Delegating, delegated, shortened } from "./delegate.ts";

/** The name of the LangGraph task that every assignment is. */
export const ASSIGNMENT_TASK = "assignment";

/** A piece of work for whoever is given it. */
export interface AssignOptions {
  /** The delegations of earlier nodes, for round robin. */
  delegations?: readonly Delegation[];
  /** How long the work may take; without it, as long as its calls may. */
  timeoutMs?: number;
}

/** To whom a task was given, and what came of it; null where nobody fits. */
export interface Assigned<Value> {
  delegation: Delegation;
  outcome: Outcome<Value> | null;
}

/**
 * Roles that parallel work is given to. It counts what each has in flight: what was assigned to it by this roster
 * in the same thread and has not ended, in parallel nodes too. Without a thread, all runs of the process count together.
 */
export class Roster {
  readonly #options: Delegating;
  readonly #crews = new Map<string, Place[]>();

  /** @throws UsageError for two roles of one name, and by "model" for a role that is called "none" */
  constructor(options: Delegating) {
    checkRoles(options.to, options.by);
    this.#options = options;
  }

  /** What each role has in flight in the thread of the node that asks. */
  load(): Load {
    return loadIn(this.#crews.get(threadHere()) ?? []);
  }

  /**
   * Gives a task to a role and does the work as a `branch`: its failure is an outcome, after which it is in flight
   * no longer. A choice is made after those of all assignments that were begun before it, and is durable by itself;
   * so is the whole once it has ended. A resume gives what is left to the same roles.
   *
   * Begin assignments in an order that only checkpointed facts decide.
   *
   * @throws ModelError where a model is to choose and fails for good; a resume asks it again
   */
  async assign<Value>(
    task: string,
    work: (role: Role, signal: AbortSignal) => Promise<Value>,
    { delegations = [], timeoutMs }: AssignOptions = {},
  ): Promise<Assigned<Value>> {
    const { to, by } = this.#options;
    const { context }: LangGraphRunnableConfig<RunContext> = getConfig();
    const { crew, place, leave } = this.#enter(threadHere());
    const known = async () => {
      const before = await choicesBefore(place, crew);
      return { delegations: [...delegations, ...before], load: loadIn(crew) };
    };
    const assigned = async (): Promise<Assigned<Value>> => {
      const delegation = await delegated({ ...this.#options, task }, context, known);
      place.choose(delegation);
      const role = to.find(({ name }) => delegation.status === "delegated" && name === delegation.to);
      if (!role) return { delegation, outcome: null };
      const who = `${role.name}: ${shortened(task.replace(/\s+/g, " ").trim(), MOST_NAMED)}`;
      const outcome = await branch({ who, work: (signal) => work(role, signal), timeoutMs });
      return { delegation, outcome };
    };
    try {
      const names = to.map(({ name }) => name);
      const kept = await accounted(() =>
        durably(ASSIGNMENT_TASK, hashOf(task, by, names), () => withSpend(assigned)),
      );
      place.choose(kept.delegation);
      return { delegation: kept.delegation, outcome: kept.outcome };
    } finally {
      leave();
    }
  }

  #enter(thread: string) {
    const crew = this.#crews.get(thread) ?? [];
    this.#crews.set(thread, crew);
    const place = new Place();
    crew.push(place);
    const leave = () => {
      place.end();
      if (crew.every(({ hasEnded }) => hasEnded)) this.#crews.delete(thread);
    };
    return { crew, place, leave };
  }
}

/** How much of a task names its branch, in characters. */
const MOST_NAMED = 60;

function threadHere(): string {
  const { configurable }: LangGraphRunnableConfig = getConfig();
  return String(configurable?.["thread_id"] ?? "");
}

/** One assignment, from its beginning to its end. */
class Place {
  hasEnded = false;
  delegation: Delegation | undefined;
  /** Resolves when the choice is made, or there will be none. */
  readonly chosen: Promise<void>;
  #settle = () => {};

  constructor() {
    this.chosen = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  choose(delegation: Delegation): void {
    this.delegation = delegation;
    this.#settle();
  }

  end(): void {
    this.hasEnded = true;
    this.#settle();
  }
}

async function choicesBefore(place: Place, crew: readonly Place[]): Promise<Delegation[]> {
  const before = crew.slice(0, crew.indexOf(place));
  await Promise.all(before.map(({ chosen }) => chosen));
  return before.flatMap(({ delegation }) => delegation ?? []);
}

const loadIn = (crew: readonly Place[]): Load =>
  loadOf(
    crew.flatMap(({ delegation, hasEnded }) => (delegation && !hasEnded ? delegation : [])),
    [],
  );

const withSpend = <Value extends object>(work: () => Promise<Value>): Promise<Value & { spent: Spent }> =>
  scoped(async (scope) => ({ ...(await work()), spent: { ...scope.spend, low: scope.low } }));
