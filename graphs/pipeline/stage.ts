import { z } from "zod";
import { messageOf, UsageError } from "../../src/errors.ts";
import { answerSchema } from "../../src/models/structured.ts";
import { isDuplicate } from "../../src/state/duplicates.ts";
import type { Source } from "../../src/state/passage.ts";
import { PipelineState } from "./state.ts";

/** What a pipeline works on. */
export interface Material {
  task: string;
  /** The given text, or the passages that were found; numbered. */
  sources: readonly Source[];
}

/** A stage: what it reads of the stage before (the first one reads the material), and what it hands over. */
export interface Stage<Given, Schema extends z.ZodObject> {
  /** A verb in camelCase; the node has this name. */
  name: string;
  role: string;
  /** What it hands over is called: a noun, as the endpoint and the events see it. */
  gives: string;
  /** What it hands over. */
  schema: Schema;
  prompt: (given: Given, material: Material) => string;
  /** Why there is nothing to work on; then no model is asked, and the pipeline ends. */
  lacks?: (given: Given, material: Material) => string | undefined;
  /** Why a value that fits the schema is not valid all the same, in words that the role can act on. */
  check?: (value: z.infer<Schema>, given: Given, material: Material) => string | undefined;
  /** A value in Markdown; its JSON unless given. */
  inWords?: (value: z.infer<Schema>) => string;
}

/** A stage of any types, as it is run. */
export interface AnyStage {
  readonly name: string;
  readonly role: string;
  readonly gives: string;
  readonly schema: z.ZodObject;
  prompt: (given: never, material: Material) => string;
  lacks?: (given: never, material: Material) => string | undefined;
  check?: (value: never, given: never, material: Material) => string | undefined;
  inWords?: (value: never) => string;
}

/**
 * Stages of which each can read what the one before hands over; what cannot fits none of them. In a list whose
 * length the compiler does not know, each has to read whatever it may get.
 */
export type Chained<Stages extends readonly AnyStage[], Given = Material> = Stages extends readonly [
  infer First extends AnyStage,
  ...infer Rest extends readonly AnyStage[],
]
  ? readonly [Stage<Given, First["schema"]>, ...Chained<Rest, z.infer<First["schema"]>>]
  : Stages extends readonly []
    ? readonly []
    : readonly Stage<Given | z.infer<Stages[number]["schema"]>, Stages[number]["schema"]>[];

const Facts = z.object({
  name: z
    .string()
    .regex(/^[a-z][A-Za-z0-9]*$/, "has to be a verb in camelCase")
    .refine(
      (name) => !Object.hasOwn(PipelineState.fields, name),
      "is what a channel of the pipeline is called",
    ),
  role: z.string().trim().min(1),
  gives: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, "has to be a noun: letters, digits, _ and -"),
});

/**
 * The stages that a pipeline was given.
 *
 * @throws UsageError unless they are 1 to `most`, each with a name of its own, a role, and a schema that
 * endpoints take
 */
export function stagesIn(given: readonly AnyStage[], most: number): readonly [AnyStage, ...AnyStage[]] {
  const [first, ...rest] = given;
  const fault = faultOf(given, most);
  if (first && fault === undefined) return [first, ...rest];
  throw new UsageError("BAD_STAGES", `stages cannot be used: ${fault}.`);
}

function faultOf(given: readonly AnyStage[], most: number): string | undefined {
  if (given.length < 1 || given.length > most) return `there are ${given.length}, and not 1 to ${most}`;
  const names = given.map(({ name }) => name);
  const twice = names.find(isDuplicate);
  if (twice !== undefined) return `two are called "${twice}"`;
  return given.map(faultIn).find((fault) => fault !== undefined);
}

function faultIn({ name, role, gives, schema }: AnyStage): string | undefined {
  const facts = Facts.safeParse({ name, role, gives });
  const [issue] = facts.error?.issues ?? [];
  if (issue) return `${issue.path.join(".")} of "${name}" ${issue.message}`;
  try {
    answerSchema(gives, schema);
    return undefined;
  } catch (error) {
    return `the schema of "${name}" suits no endpoint: ${messageOf(error).replace(/\.$/, "")}`;
  }
}
