import { z } from "zod";
import { UsageError } from "../../src/errors.ts";
import { isDuplicate } from "../../src/state/duplicates.ts";
import { misfitOf } from "../../src/state/misfit.ts";

/** What candidates are scored by. */
export const Criterion = z.object({
  name: z
    .string()
    .regex(/^[a-z][A-Za-z0-9]*$/, "has to be a noun in camelCase")
    .describe("What the criterion is called."),
  brief: z.string().trim().min(1).describe("What deserves a high score."),
});
export type Criterion = z.infer<typeof Criterion>;

/** What candidates are scored by unless a workflow says otherwise. */
export const CRITERIA: readonly Criterion[] = [
  {
    name: "accuracy",
    brief: "It is right: the sources that it cites say so, and it claims nothing beyond them.",
  },
  { name: "completeness", brief: "It does the whole task, and leaves out nothing that matters for it." },
  {
    name: "clarity",
    brief: "A reader can follow it and use it: in order, in simple words, and no longer than it has to be.",
  },
];

const MOST = 10;

/**
 * The criteria that a workflow was given.
 *
 * @throws UsageError unless they are 1 to 10, each with a name of its own and a brief
 */
export function criteriaIn(given: readonly Criterion[]): Criterion[] {
  const parsed = z.array(Criterion).min(1).max(MOST).safeParse(given);
  if (!parsed.success) throw refused(misfitOf(parsed.error));
  const names = parsed.data.map(({ name }) => name);
  const twice = names.find(isDuplicate);
  if (twice !== undefined) throw refused(`two are called "${twice}"`);
  return parsed.data;
}

const refused = (why: string) => new UsageError("BAD_CRITERIA", `criteria cannot be used: ${why}.`);

const LABELS = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"] as const;
export type Label = (typeof LABELS)[number];

/** The neutral names of so many candidates, by where they stand. */
export const labelsFor = (count: number): readonly Label[] => LABELS.slice(0, count);

/** The scores of candidates by their labels. */
export const scoresOf = (criteria: readonly Criterion[], labels: readonly Label[]) =>
  z.object({
    candidates: z
      .array(
        z.object({
          candidate: z.enum(labels).describe("Which candidate it is."),
          scores: z
            .object(
              Object.fromEntries(
                criteria.map(({ name, brief }) => [name, z.number().min(0).max(10).describe(brief)]),
              ),
            )
            .describe("Its scores, from 0 to 10."),
          reason: z.string().trim().min(1).describe("What decided, beside the other candidates."),
        }),
      )
      .describe("Every candidate once."),
  });
export type Scores = z.infer<ReturnType<typeof scoresOf>>;
