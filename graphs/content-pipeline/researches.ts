import { type NodeConfig, numberingAfter, parallel } from "../../src/nodes/index.ts";
import { research } from "../../src/nodes/research.ts";
import { missingInWords, type Outcome, parted } from "../../src/outcomes/outcome.ts";
import type { Note, Source } from "../../src/state/passage.ts";
import { documentSearch } from "../../src/tools/documents.ts";
import { type Material, queries, takeNotes } from "./prompts.ts";
import type { Findings, State } from "./state.ts";

/** From which side a research reads. */
export interface Angle {
  name: keyof typeof queries;
  brief: string;
}

const ANGLES: readonly Angle[] = [
  { name: "topic", brief: "What it is, how it works, what it is for, and what follows from that." },
  {
    name: "surroundings",
    brief:
      "Its limits, failures, costs and risks, what it does not guarantee, what could take its place, and when not to use it.",
  },
];

const search = documentSearch();

const readings = ANGLES.map((angle) => ({
  who: angle.name,
  read: research({
    role: "researcher",
    query: ({ topic }: State) => queries[angle.name](topic),
    prompt: ({ topic }: State, sources) => takeNotes(topic, angle, sources),
    search,
    into: { notes: "notes", sources: "sources" },
  }),
}));

/** What a research brings, by numbers of its own. */
export interface Reading {
  notes: Note[];
  sources: Source[];
}

/** A node that reads from all sides at once; one that fails costs the others nothing. */
export const researchIn = (timeoutMs: number) => async (state: State, config: NodeConfig) => {
  const branches = readings.map(({ who, read }) => ({ who, work: () => read(state, config), timeoutMs }));
  return underOne(await parallel<Reading>(branches, "best_effort"));
};

/** What several brought, under one numbering. */
export function underOne(outcomes: readonly Outcome<Reading>[]) {
  const { number, shown } = numberingAfter([]);
  const researches = outcomes.map((each): Outcome<Findings> => {
    if (each.status !== "ok") return each;
    const { notes, sources } = each.value;
    const numbered = notes.flatMap(({ claim, source }) => {
      const passage = sources.find(({ id }) => id === source);
      return passage ? [{ claim, source: number(passage).id }] : [];
    });
    return { ...each, value: { notes: numbered } };
  });
  return { found: shown, researches };
}

/** The notes by research, each once, with what they come from. */
export function materialOf({
  topic,
  found,
  researches,
}: Pick<State, "topic" | "found" | "researches">): Material {
  const said = new Set<string>();
  const isNew = ({ claim }: Note) => !said.has(claim) && said.add(claim).size > 0;
  const notes = parted(researches).given.map(({ who, value }) => ({
    from: who,
    notes: value.notes.filter(isNew),
  }));
  return { topic, found, notes, lacking: lackingIn(researches) };
}

/** Why nothing is written. */
export const NOTHING_FOUND = "no research brought anything to write from";

/** Whether there is anything to write from. */
export const hasNotes = ({ researches }: Pick<State, "researches">) =>
  parted(researches).given.some(({ value }) => value.notes.length > 0);

/** The researches that failed or found nothing, one line each; empty if there are none. */
export function lackingIn(researches: readonly Outcome<Findings>[]): string {
  const { given, missing } = parted(researches);
  const empty = given.filter(({ value }) => value.notes.length === 0);
  return [
    ...(missing.length > 0 ? [missingInWords(missing)] : []),
    ...empty.map(({ who }) => `- ${who}: found nothing in the documents`),
  ].join("\n");
}
