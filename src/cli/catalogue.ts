import { UsageError } from "../errors.ts";
import { nearest } from "../roles/nearest.ts";
import type { AnyGraph } from "../runtime/graph.ts";

/** A workflow as the command line and services list it. */
export interface CatalogueEntry {
  /** Kebab-case: the command's argument, the folder, the key in `langgraph.json`. */
  name: string;
  /** One sentence. */
  summary: string;
  /** The channel of the input that plain text goes to. */
  input: string;
  /** The other fields of the input, none of which has to be given. */
  fields?: readonly string[];
  /** What bounds it, by the options of its `defineX`, with their defaults. */
  bounds?: Readonly<Record<string, number>>;
  /** Whether it is among those that are compared where none are named. */
  compared?: boolean;
  load: () => Promise<{ graph: AnyGraph }>;
}

/**
 * The workflow of a name; `others` are words that may have been meant in its place.
 *
 * @throws UsageError which says what may have been meant
 */
export function entryOf(
  name: string,
  catalogue: readonly CatalogueEntry[],
  others: readonly string[] = [],
): CatalogueEntry {
  const entry = catalogue.find((each) => each.name === name);
  if (entry) return entry;
  const names = catalogue.map((each) => each.name);
  const meant = meantBy(name, [...names, ...others]);
  const instead = meant.length > 0 ? `did you mean ${either(meant)}?` : `there are: ${names.join(", ")}.`;
  throw new UsageError("UNKNOWN_WORKFLOW", `There is no workflow "${name}"; ${instead}`);
}

/** What a mistyped name may stand for: the names that it is a word of, else the nearest one. */
function meantBy(name: string, names: readonly string[]): string[] {
  const word = name.trim().toLowerCase();
  const parts = names.filter((each) => each.split("-").includes(word));
  return parts.length > 0 ? parts : nearest(name, names).slice(0, 1);
}

const either = (names: readonly string[]) =>
  [names.slice(0, -1).join(", "), ...names.slice(-1)].filter(Boolean).join(" or ");
