import { z } from "zod";
import { messageOf, RoleError } from "../errors.ts";
import { Grant } from "../security/permissions.ts";
import { inLines, nameOf, problemOf, problemsOf } from "./role-problems.ts";

const names = z.array(z.string().trim().min(1)).default([]);

/** Why a JSON Schema is none that answers can be checked by. */
function schemaFault(schema: Record<string, unknown>): string | undefined {
  try {
    z.fromJSONSchema(schema);
    return undefined;
  } catch (error) {
    return `This is no JSON Schema that answers can be checked by: ${messageOf(error).replace(/[.]$/, "")}`;
  }
}

const isWithoutRules = ({ allow }: Grant) => Object.keys(allow).length === 0;

/**
 * Who an agent is, as data. From it come the system prompt, the tools that it may call and the choice for
 * delegation. YAML and JSON files hold the same.
 */
export const Role = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,39}$/)
    .describe("Who speaks: lower-case letters, digits, - and _. The settings give it a model by this name."),
  goal: z.string().trim().min(1).describe("What the role is there for, in one sentence."),
  background: z.string().trim().default("").describe("What it knows and has done before."),
  expertise: names.describe("What it is good at, in keywords: delegation chooses by them."),
  responsibilities: names.describe("What it does, and sees to, each in one sentence."),
  tools: z
    .array(
      z.union([
        z
          .string()
          .min(1)
          .transform((tool) => Grant.parse({ tool })),
        Grant,
      ]),
    )
    .superRefine((grants, context) => {
      for (const [at, { tool }] of grants.entries()) {
        const open = grants.slice(0, at).some((before) => before.tool === tool && isWithoutRules(before));
        const message = `${tool} is granted without rules before, so that this grant of it counts for nothing`;
        if (open) context.addIssue({ code: "custom", path: [at], message });
      }
    })
    .default([])
    .describe("The tools that it may call, by name, or with rules; it may call no other."),
  personality: z.string().trim().default("").describe("The tone that it speaks in."),
  model: z
    .union([
      z
        .string()
        .min(1)
        .transform((name) => [name]),
      z.array(z.string().min(1)).min(1),
    ])
    .optional()
    .describe(
      "Its model, or several in the order in which they are tried, where neither run nor settings name one.",
    ),
  output: z
    .strictObject({
      description: z.string().trim().min(1).describe("What its answer has to be."),
      schema: z
        .record(z.string(), z.unknown())
        .superRefine((schema, { addIssue }) => {
          const fault = schemaFault(schema);
          if (fault !== undefined) addIssue({ code: "custom", message: fault });
        })
        .optional()
        .describe("A JSON Schema that its answer has to fit; then it answers with JSON alone."),
    })
    .optional()
    .describe("The contract of its answers."),
  limits: z
    .strictObject({
      turns: z
        .number()
        .int()
        .positive()
        .optional()
        .describe("How often it may turn to its tools for one task."),
      tokens: z
        .number()
        .int()
        .positive()
        .optional()
        .describe("The tokens that one task may take, in and out."),
    })
    .default({})
    .describe("Its limits for one task, beside the run's budget."),
  cache: z
    .strictObject({
      tools: z
        .number()
        .positive()
        .optional()
        .describe("Seconds for which a read-only tool's result serves again."),
      models: z
        .number()
        .positive()
        .optional()
        .describe("Seconds for which a model's answer to the same request serves again."),
    })
    .default({})
    .describe("What may be answered from the cache, and how long."),
});
export type Role = z.infer<typeof Role>;

/**
 * A role of one's own, with the defaults filled in.
 *
 * @throws RoleError saying all that does not fit
 */
export function defineRole(role: z.input<typeof Role>): Role {
  const parsed = Role.safeParse(role);
  if (parsed.success) return parsed.data;
  const name: unknown = Object(role).name;
  const who = typeof name === "string" ? `The role ${JSON.stringify(name)}` : "The role";
  const problems = problemsOf(Role, parsed.error, role).map(({ path, message }) =>
    problemOf(nameOf(path), message),
  );
  throw new RoleError(`${who} cannot be used:\n${inLines(problems)}`, { problems });
}
