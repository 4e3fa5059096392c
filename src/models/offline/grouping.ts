import { indexOfBest, likeness } from "./ranking.ts";
import type { Statement } from "./statements.ts";

const MOST_TOGETHER = 4;
const SAME_SOURCE = 0.25;
const SAME_HEADING = 0.35;
const NEIGHBOURS = 0.05;

type Group = readonly number[];

/** How many sections so many statements make. */
const sectionsFor = (statements: number) =>
  statements < 3 ? 1 : statements < 6 ? 2 : Math.max(3, Math.min(5, Math.round(statements / 3.2)));

/**
 * Statements put together by what they say and where they stand, most alike first; at most four in
 * a group. Groups and their members keep the order of the statements.
 */
export function grouped(statements: readonly Statement[]): Statement[][] {
  const near = statements.map((one, at) => statements.map((other, to) => closeness(one, other, at, to)));
  const between = (one: Group, other: Group) =>
    one.reduce((sum, at) => sum + other.reduce((row, to) => row + (near[at]?.[to] ?? 0), 0), 0) /
    (one.length * other.length);
  let groups: Group[] = statements.map((_, at) => [at]);
  const target = sectionsFor(statements.length);
  while (groups.length > target) {
    const pair = closestPair(groups, between);
    if (!pair) break;
    groups = merged(groups, pair);
  }
  groups = withoutSingles(groups, between);
  return groups
    .map((group) => [...group].sort((one, other) => one - other))
    .sort((one, other) => (one[0] ?? 0) - (other[0] ?? 0))
    .map((group) => group.flatMap((at) => statements[at] ?? []));
}

function closeness(one: Statement, other: Statement, at: number, to: number): number {
  const sameSource =
    one.numbers.some((number) => other.numbers.includes(number)) || (!!one.from && one.from === other.from);
  return (
    likeness(one.stems, other.stems) +
    (sameSource ? SAME_SOURCE : 0) +
    (one.heading && one.heading === other.heading ? SAME_HEADING : 0) +
    (Math.abs(at - to) === 1 ? NEIGHBOURS : 0)
  );
}

function closestPair(groups: readonly Group[], between: (one: Group, other: Group) => number) {
  let best: { at: number; to: number; value: number } | undefined;
  for (const [at, one] of groups.entries()) {
    for (const [to, other] of groups.entries()) {
      if (to <= at || one.length + other.length > MOST_TOGETHER) continue;
      const value = between(one, other) - (one.length + other.length) * 0.01;
      if (!best || value > best.value) best = { at, to, value };
    }
  }
  return best;
}

const merged = (groups: readonly Group[], { at, to }: { at: number; to: number }): Group[] => [
  ...groups.filter((_, index) => index !== at && index !== to),
  [...(groups[at] ?? []), ...(groups[to] ?? [])],
];

/** A statement left alone joins the group that it is most like, if one has room. */
function withoutSingles(groups: readonly Group[], between: (one: Group, other: Group) => number): Group[] {
  let left = [...groups];
  for (const single of groups.filter((group) => group.length === 1)) {
    if (left.length < 3) break;
    const at = left.indexOf(single);
    const to = indexOfBest(
      left.map((group) =>
        group === single || group.length >= MOST_TOGETHER + 1 ? -1 : between(single, group),
      ),
      -1,
    );
    if (to >= 0) left = merged(left, { at, to });
  }
  return left;
}
