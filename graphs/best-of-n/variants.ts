import { z } from "zod";
import { UsageError } from "../../src/errors.ts";
import { isDuplicate } from "../../src/state/duplicates.ts";
import { misfitOf } from "../../src/state/misfit.ts";

/** What sets an attempt apart from the others. The name is also the role that makes it. */
export const Variant = z.object({
  name: z.string().trim().min(1).describe("What the attempt is called; the model's role has this name."),
  approach: z.string().trim().min(1).optional().describe("How to go about it, in words."),
  temperature: z.number().min(0).max(2).optional().describe("The temperature of its model."),
  model: z
    .string()
    .trim()
    .min(1)
    .optional()
    .describe("The name of its model, unless the run or the environment names one for its role."),
});
export type Variant = z.infer<typeof Variant>;

/** What sets the attempts apart unless a workflow says otherwise. */
export const VARIANTS: readonly Variant[] = [
  {
    name: "plain",
    approach: "Say it short and plain, and nothing beyond it.",
    temperature: 0.2,
  },
  {
    name: "thorough",
    approach: "Leave out nothing that matters: every part, every condition, every limit and exception.",
    temperature: 0.6,
  },
  {
    name: "concrete",
    approach: "Be concrete: names, numbers, commands, settings and examples before general words.",
    temperature: 1,
  },
];

/** One attempt. */
export interface Attempt extends Variant {
  /** Unlike that of every other attempt. */
  who: string;
}

/**
 * As many attempts as are wanted, by the variants in turn.
 *
 * @throws UsageError unless each variant has a name of its own, and an attempt
 */
export function attemptsOf(given: readonly Variant[], count: number): Attempt[] {
  const parsed = z.array(Variant).min(1).safeParse(given);
  if (!parsed.success) throw refused(misfitOf(parsed.error));
  const variants = parsed.data;
  if (variants.length > count) throw refused(`there are ${variants.length}, but only ${count} attempts`);
  const attempts = Array.from({ length: count }, (_, at) => {
    const variant = variants[at % variants.length];
    const turn = Math.floor(at / variants.length) + 1;
    return variant ? [{ ...variant, who: turn === 1 ? variant.name : `${variant.name} ${turn}` }] : [];
  }).flat();
  const names = attempts.map(({ who }) => who);
  const twice = names.find(isDuplicate);
  if (twice !== undefined) throw refused(`two are called "${twice}"`);
  return attempts;
}

const refused = (why: string) => new UsageError("BAD_VARIANTS", `variants cannot be used: ${why}.`);
