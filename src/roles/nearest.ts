/** The least share of a word's letters that has to stay for another one to be meant by it. */
const MOST_CHANGED = 0.4;

/** Which of the names someone may have meant, nearest first; none that would be another word altogether. */
export function nearest(meant: string, names: readonly string[]): string[] {
  const wanted = plain(meant);
  return names
    .map((name) => ({
      name,
      changed: distance(wanted, plain(name)) / Math.max(wanted.length, name.length, 1),
    }))
    .filter(({ changed }) => changed <= MOST_CHANGED)
    .sort((one, other) => one.changed - other.changed)
    .map(({ name }) => name);
}

const plain = (name: string) => name.toLowerCase().replace(/[\s_-]/g, "");

/** How many letters have to be put in, taken out, replaced or swapped with their neighbour (optimal string alignment). */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const now = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      now[column] = Math.min(
        (last[column] ?? 0) + 1,
        (now[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = last;
    last = now;
  }
  return last[other.length] ?? 0;
}
