import { AnswerError } from "../../src/errors.ts";
import { byLot, type NodeConfig, parallel, structured } from "../../src/nodes/index.ts";
import { type Missing, parted } from "../../src/outcomes/outcome.ts";
import { type Criterion, type Label, labelsFor, type Scores, scoresOf } from "./criteria.ts";
import * as prompts from "./prompts.ts";
import { type Judged, Order, type Selection, type State } from "./state.ts";

/** A text that can be chosen. */
interface Candidate {
  who: string;
  value: string;
}

/** The candidates' scores in one order. */
interface Reading {
  order: Order;
  /** In the order of the attempts. */
  judged: { who: string; scores: Record<string, number>; score: number; reason: string }[];
}

/** How candidates were judged, and which of them is the answer. */
interface Choice {
  selection: Selection;
  scores: Judged[];
}

/**
 * Has candidates compared in both orders, at once, and chooses the one with the highest mean. Where only one
 * comparison can be had it decides alone; where none can, the first candidate is taken, and nothing selected. An only
 * candidate is compared with nothing.
 */
export async function chosenFrom(
  candidates: readonly Candidate[],
  criteria: readonly Criterion[],
  state: Pick<State, "task" | "found">,
  context: NodeConfig["context"],
): Promise<Choice> {
  const [first, ...others] = candidates;
  if (!first) return { scores: [], selection: NONE };
  if (others.length === 0) return { scores: [], selection: taken("only_one", first, ONLY) };
  const branches = Order.options.map((order) => ({
    who: order,
    work: () => readingOf(order, candidates, criteria, state, context),
  }));
  const { given, missing } = parted(await parallel(branches, "best_effort"));
  const readings = given.map(({ value }) => value);
  if (readings.length === 0)
    return { scores: [], selection: taken("unselected", first, uncompared(missing)) };
  const scores = candidates.map(({ who }) => judgedIn(readings, who));
  return { scores, selection: selectionBy(scores, readings, missing) };
}

async function readingOf(
  order: Order,
  candidates: readonly Candidate[],
  criteria: readonly Criterion[],
  state: Pick<State, "task" | "found">,
  context: NodeConfig["context"],
): Promise<Reading> {
  const labels = labelsFor(candidates.length);
  const placed = byLot(candidates, ({ who }) => [state.task, who]);
  const standing = order === "forward" ? placed : [...placed].reverse();
  const shown = standing.map(({ value }, at) => ({ label: labels[at] ?? "", text: value }));
  const question = {
    role: "selector",
    prompt: prompts.compare({ ...state, criteria, candidates: shown }),
    name: "Scores",
    schema: scoresOf(criteria, labels),
    check: (scores: Scores) => miscounted(scores, labels),
  };
  const answer = await structured(question, context);
  if ("fault" in answer) throw new AnswerError(question.name, answer.fault);
  const judged = candidates.flatMap((candidate) => {
    const label = labels[standing.indexOf(candidate)];
    const found = answer.value.candidates.find((each) => each.candidate === label);
    return found ? [{ who: candidate.who, ...found, score: mean(Object.values(found.scores)) }] : [];
  });
  return { order, judged };
}

/** Why scores are not valid, by how often each candidate is in them; undefined if each is once. */
function miscounted({ candidates }: Scores, labels: readonly Label[]): string | undefined {
  const faults = labels.flatMap((label) => {
    const times = candidates.filter(({ candidate }) => candidate === label).length;
    return times === 1
      ? []
      : [`candidate ${label} is scored ${times === 0 ? "not at all" : `${times} times`}`];
  });
  return faults.length > 0 ? `${faults.join("; ")}; score each candidate once.` : undefined;
}

function judgedIn(readings: readonly Reading[], attempt: string): Judged {
  const judgements = readings.flatMap(({ order, judged }) =>
    judged
      .filter(({ who }) => who === attempt)
      .map(({ scores, score, reason }) => ({ order, scores, score, reason })),
  );
  return { attempt, score: mean(judgements.map(({ score }) => score)), judgements };
}

/** To two decimals, so that no tie is broken by the error of a division. */
const mean = (numbers: readonly number[]) =>
  Math.round((100 * numbers.reduce((sum, each) => sum + each, 0)) / Math.max(1, numbers.length)) / 100;

/** Those with the highest score, in the order of the attempts. */
function bestOf<Scored extends { score: number }>(scored: readonly Scored[]): Scored[] {
  const highest = Math.max(...scored.map(({ score }) => score));
  return scored.filter(({ score }) => score === highest);
}

function selectionBy(
  scores: readonly Judged[],
  readings: readonly Reading[],
  missing: readonly Missing[],
): Selection {
  const best = bestOf(scores);
  const names = best.map(({ attempt }) => attempt);
  const firsts = readings.map(({ judged }) => bestOf(judged).map(({ who }) => who));
  const agreed = missing.length > 0 ? null : `${firsts[0]}` === `${firsts[1]}`;
  const score = best[0]?.score ?? 0;
  const why = [
    names.length === 1
      ? `${names[0]} has the highest score, ${score} of 10.`
      : `${listed(names)} are tied at ${score} of 10; ${names[0]} is taken, as the first of these attempts.`,
    agreed === true && "Both orders put the same first.",
    agreed === false &&
      `The orders disagree, and their mean decides: ${readings.map(({ order }, at) => `${order} puts ${listed(firsts[at] ?? [])} first`).join(", ")}.`,
    ...missing.map(
      ({ who, why }) => `The ${who} order could not be had, so the other one decides alone: ${why}`,
    ),
  ];
  return {
    status: "selected",
    attempt: names[0] ?? null,
    tied: names.length > 1 ? names : [],
    agreed,
    why: why.filter(Boolean).join(" "),
  };
}

const uncompared = (missing: readonly Missing[]) =>
  `No comparison could be had, so the first attempt that is there is taken. ${missing.map(({ who, why }) => `${who}: ${why}`).join("; ")}`;

const ONLY = "No other attempt gave a result, so there was nothing to compare.";

/** A choice that no comparison made. */
const taken = (status: Selection["status"], candidate: Candidate | undefined, why: string): Selection => ({
  status,
  attempt: candidate?.who ?? null,
  tied: [],
  agreed: null,
  why,
});

/** The choice where there is nothing to choose from. */
export const NONE: Selection = taken("none", undefined, "No attempt gave a result.");

const listed = (names: readonly string[]) =>
  [names.slice(0, -1).join(", "), ...names.slice(-1)].filter(Boolean).join(" and ");
