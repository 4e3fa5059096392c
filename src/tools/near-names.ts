/** The names most like a wanted one, best first; none that has nothing in common with it. */
export function nearNames(wanted: string, names: readonly string[], limit = 5): string[] {
  const asked = tripletsOf(wanted);
  return names
    .map((name) => ({ name, likeness: likeness(asked, tripletsOf(name)) }))
    .filter((each) => each.likeness > LEAST)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, limit)
    .map(({ name }) => name);
}

/** The likeness under which two names have nothing in common. */
const LEAST = 0.2;

/** Every three letters in a row, with blanks around the name's words, so that their beginnings count. */
function tripletsOf(name: string): Set<string> {
  const spaced = ` ${name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .join(" ")} `;
  return new Set(Array.from({ length: Math.max(0, spaced.length - 2) }, (_, at) => spaced.slice(at, at + 3)));
}

/** The share of triplets that two names have in common (Dice's coefficient), 0 to 1. */
function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let shared = 0;
  for (const triplet of one) if (other.has(triplet)) shared += 1;
  return one.size + other.size === 0 ? 0 : (2 * shared) / (one.size + other.size);
}
