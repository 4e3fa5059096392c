import { isDuplicate } from "../state/duplicates.ts";

/** A step of a plan, and the steps whose results it needs. */
export interface Step {
  id: string;
  dependsOn: readonly string[];
}

/** What makes a plan one that cannot be carried out. */
export interface PlanFault {
  kind: "too_few" | "too_many" | "duplicate_id" | "unknown_id" | "self_dependency" | "cycle";
  /** The steps that it is about; empty for those about their number. */
  ids: string[];
  /** Names the ids, and says what to change. */
  message: string;
}

/** How many steps a plan may have. */
export interface PlanSize {
  least: number;
  most: number;
}

/** Everything that is wrong with a plan; nothing if it can be carried out. Each step stands in at most one cycle. */
export function planFaults(steps: readonly Step[], size?: PlanSize): PlanFault[] {
  return [
    ...(size ? wrongSize(steps, size) : []),
    ...duplicates(steps),
    ...unknown(steps),
    ...selves(steps),
    ...cycles(steps),
  ];
}

/**
 * The steps of a plan without faults, each behind those it depends on, else in the order of the plan.
 * Of a plan with a cycle, those that do not lead into it.
 */
export function inOrder<Planned extends Step>(steps: readonly Planned[]): Planned[] {
  const ordered: Planned[] = [];
  const placed = new Set<string>();
  let left = [...steps];
  for (;;) {
    const next = left.find(({ dependsOn }) => dependsOn.every((id) => placed.has(id)));
    if (!next) return ordered;
    ordered.push(next);
    placed.add(next.id);
    left = left.filter((step) => step !== next);
  }
}

function wrongSize(steps: readonly Step[], { least, most }: PlanSize): PlanFault[] {
  const has = `The plan has ${steps.length} ${steps.length === 1 ? "subtask" : "subtasks"}`;
  if (steps.length < least)
    return [{ kind: "too_few", ids: [], message: `${has}; divide the task into at least ${least}.` }];
  if (steps.length > most)
    return [{ kind: "too_many", ids: [], message: `${has}; put them together into at most ${most}.` }];
  return [];
}

function duplicates(steps: readonly Step[]): PlanFault[] {
  const ids = steps.map(({ id }) => id);
  const repeated = [...new Set(ids.filter(isDuplicate))];
  return repeated.map((id) => {
    const times = ids.filter((each) => each === id).length;
    const message = `${times} subtasks have the id ${quoted(id)}; give each an id of its own.`;
    return { kind: "duplicate_id", ids: [id], message };
  });
}

function unknown(steps: readonly Step[]): PlanFault[] {
  const known = new Set(steps.map(({ id }) => id));
  return steps.flatMap(({ id, dependsOn }) =>
    [...new Set(dependsOn)]
      .filter((needed) => !known.has(needed))
      .map((needed) => ({
        kind: "unknown_id" as const,
        ids: [id, needed],
        message: `${quoted(id)} depends on ${quoted(needed)}, but no subtask has that id.`,
      })),
  );
}

function selves(steps: readonly Step[]): PlanFault[] {
  const selfish = new Set(steps.filter(({ id, dependsOn }) => dependsOn.includes(id)).map(({ id }) => id));
  return [...selfish].map((id) => ({
    kind: "self_dependency",
    ids: [id],
    message: `${quoted(id)} depends on itself; take that dependency out.`,
  }));
}

/** Cycles of two steps or more, no two of which share a step. */
function cycles(steps: readonly Step[]): PlanFault[] {
  const faults: PlanFault[] = [];
  for (let left = knotted(needsOf(steps)); left.size > 0; ) {
    const circle = circleIn(left);
    const chain = [...circle, ...circle.slice(0, 1)].map(quoted).join(" needs ");
    const message = `Subtasks wait for each other in a circle: ${chain}; take one of these dependencies out.`;
    faults.push({ kind: "cycle", ids: circle, message });
    for (const id of circle) left.delete(id);
    left = knotted(left);
  }
  return faults;
}

type Needs = Map<string, readonly string[]>;

const needsOf = (steps: readonly Step[]): Needs =>
  new Map(
    steps.map(({ id }) => [
      id,
      steps
        .filter((step) => step.id === id)
        .flatMap(({ dependsOn }) => dependsOn.filter((each) => each !== id)),
    ]),
  );

/** Those that can never begin, each with those of its needs that cannot either. */
function knotted(needs: Needs): Needs {
  const stuck: Needs = new Map(needs);
  for (;;) {
    const free = [...stuck].find(([, each]) => !each.some((id) => stuck.has(id)));
    if (!free) break;
    stuck.delete(free[0]);
  }
  return new Map([...stuck].map(([id, each]) => [id, each.filter((needed) => stuck.has(needed))]));
}

/** A cycle, found by going on from need to need where each has one. */
function circleIn(needs: Needs): string[] {
  const walked: string[] = [];
  for (let at = [...needs.keys()][0]; at !== undefined; at = needs.get(at)?.[0]) {
    if (walked.includes(at)) return walked.slice(walked.indexOf(at));
    walked.push(at);
  }
  return walked;
}

const quoted = (id: string) => JSON.stringify(id);
