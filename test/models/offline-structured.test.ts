import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Plan } from "../../graphs/task-dag/state.ts";
import { OfflineModel } from "../../src/models/offline/model.ts";
import { block, prompt } from "../../src/models/prompt.ts";
import { queues } from "./offline-corpora.ts";
import { answered, sources, task } from "./offline-driver.ts";

const CHOICES = block(
  "choices",
  "- research: finds and explains facts from documents\n- writing: writes articles, emails and posts\n- generalist: takes anything else",
);
const Classification = z.object({
  category: z.enum(["research", "writing", "generalist"]),
  confidence: z.number().min(0).max(1),
  reason: z.string().min(1),
});
const classify = (asked: string) => answered("Classification", Classification, task(asked), CHOICES);

describe("a classification", () => {
  it.each([
    ["Compare Redis and Postgres as stores", "research"],
    ["Find out why ships float", "research"],
    ["Draft an email to the team about the outage", "writing"],
    ["Write a blog post on tea", "writing"],
  ])("reads “%s” as %s, and says by which words", async (asked, category) => {
    const given = await classify(asked);
    expect(given.category).toBe(category);
    expect(given.confidence).toBeGreaterThan(0.5);
    expect(given.reason).toContain(category);
    expect(given.reason).toMatch(/“\w+”/);
  });

  it("has little confidence when nothing or two things match, and then names the general choice", async () => {
    for (const asked of ["Hmm, zebras", "Research and draft"]) {
      const given = await classify(asked);
      expect(given, asked).toMatchObject({ category: "generalist" });
      expect(given.confidence).toBeLessThan(0.5);
    }
  });
});

describe("a decision", () => {
  const Decision = z.object({
    next: z.enum(["code", "research", "qa", "finish"]),
    instruction: z.string(),
    reason: z.string(),
  });
  const choices = block(
    "choices",
    "- code: writes programs\n- research: searches documents\n- qa: checks the reports",
  );
  const asked = task("Explain how leases work");
  const report = (from: string) => block("report", "Leases run out [1].", { from });
  const decide = (...parts: string[]) => answered("Decision", Decision, asked, choices, ...parts);

  it("goes through the plan's specialists in its order and then finishes", async () => {
    const plan = block("plan", "1. research: Explain how leases work\n2. qa: Check the reports");
    expect(await decide(plan)).toMatchObject({ next: "research", instruction: "Explain how leases work" });
    expect(await decide(plan, report("research"))).toMatchObject({ next: "qa" });
    expect(await decide(plan, report("research"), report("qa"))).toMatchObject({ next: "finish" });
  });

  it("goes by the task without a plan", async () => {
    expect((await decide()).next).toBe("research");
    expect((await decide(report("research"), report("qa"))).next).toBe("finish");
  });
});

describe("an unknown schema", () => {
  it("is filled from the material, and from nothing else", async () => {
    const Facts = z.object({
      title: z.string(),
      area: z.enum(["kitchen", "queue", "garden"]),
      facts: z.array(z.string()).min(2).max(3),
      hasLease: z.boolean().describe("Whether there is a lease"),
      hasDragons: z.boolean().describe("Whether dragons appear"),
      score: z.number().int().min(1).max(10),
    });
    const given = await answered("Facts", Facts, task(queues.task), ...sources(queues));
    expect(given).toMatchObject({ area: "queue", hasLease: true, hasDragons: false });
    const text = queues.sources.map((source) => source.text.replace(/\s+/g, " ")).join(" ");
    for (const fact of given.facts) expect(text).toContain(fact);
    expect(given.score).toBeGreaterThan(5);
  });

  it("says that there is nothing where there is no material, and leaves out what may be left out", async () => {
    const Facts = z.object({
      fact: z.string(),
      more: z.string().nullable(),
      list: z.array(z.string()),
      extra: z.string().optional(),
    });
    const schema = z.toJSONSchema(Facts);
    const message = await new OfflineModel()
      .bindTools([{ type: "function", function: { name: "Facts", description: "", parameters: schema } }], {
        tool_choice: "Facts",
      })
      .invoke(prompt(task("Explain glaciers")));
    expect(message.tool_calls?.[0]?.args).toEqual({ fact: "Not in the material.", more: null, list: [] });
  });

  it("always fits, whatever it asks for", async () => {
    const material = [task(queues.task), ...sources(queues)];
    await fc.assert(
      fc.asyncProperty(schemas(), fc.boolean(), async (schema, withMaterial) => {
        const parameters = z.toJSONSchema(schema, { unrepresentable: "any" });
        const message = await new OfflineModel()
          .bindTools([{ type: "function", function: { name: "Anything", description: "", parameters } }], {
            tool_choice: "Anything",
          })
          .invoke(withMaterial ? prompt(...material) : task("Explain glaciers"));
        expect(message.tool_calls).toHaveLength(1);
        expect(() => schema.parse(message.tool_calls?.[0]?.args)).not.toThrow();
      }),
      { numRuns: 150 },
    );
  });

  it("always fits in the strict form too, where limits are words in descriptions", async () => {
    await fc.assert(
      fc.asyncProperty(schemas(), async (schema) => {
        await expect(answered("Anything", schema, task(queues.task), ...sources(queues))).resolves.toBeTypeOf(
          "object",
        );
      }),
      { numRuns: 80 },
    );
  });
});

/** Objects of strings, numbers, booleans, enums, lists, objects and nullables, with limits. */
function schemas(): fc.Arbitrary<z.ZodObject> {
  const name = fc.constantFrom(
    "title",
    "reason",
    "score",
    "isOpen",
    "lease",
    "items",
    "id",
    "task",
    "dependsOn",
    "worker",
  );
  const range = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(60));
  const { value } = fc.letrec<{ value: z.ZodType }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.tuple(fc.nat(40), fc.nat(80)).map(([low, more]) =>
        z
          .string()
          .min(low)
          .max(low + more),
      ),
      fc.constant(z.string()),
      fc.boolean().map(() => z.boolean()),
      range.map(([low, more]) =>
        z
          .int()
          .min(low)
          .max(low + more),
      ),
      range.map(([low, more]) =>
        z
          .number()
          .min(low)
          .max(low + more),
      ),
      fc
        .uniqueArray(fc.constantFrom("queue", "lease", "dragon", "worker"), { minLength: 1 })
        .map((options) => z.enum(options)),
      fc.tuple(tie("value"), fc.nat(3), fc.nat(3)).map(([item, low, more]) =>
        z
          .array(item)
          .min(low)
          .max(low + more),
      ),
      tie("value").map((inner) => z.nullable(inner)),
      fc
        .dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true })
        .map((shape) => z.object(shape)),
    ),
  }));
  return fc
    .dictionary(name, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true })
    .map((shape) => z.object(shape));
}

describe("a plan of subtasks", () => {
  const agents = ["researcher", "analyst", "coder", "writer", "reviewer", "qa_tester"] as const;
  const plan = (asked: string) => answered("Plan", Plan, task(asked), block("choices", CHOICES_OF_AGENTS));
  const CHOICES_OF_AGENTS = agents.map((name) => `- ${name}: does what a ${name} does`).join("\n");
  const shapeOf = ({ subtasks }: z.infer<typeof Plan>) =>
    subtasks.map(({ agent, dependsOn }) => [agent, dependsOn.length]);

  it("has a researcher for each thing that is compared, and then those who need what they found", async () => {
    const compared = await plan("Compare SQLite, Postgres and Redis as storage for durable workflows");
    expect(shapeOf(compared)).toEqual([
      ["researcher", 0],
      ["researcher", 0],
      ["researcher", 0],
      ["analyst", 3],
      ["writer", 4],
    ]);
    expect(compared.subtasks.slice(0, 3).map(({ description }) => description)).toEqual([
      "SQLite as storage",
      "Postgres as storage",
      "Redis as storage",
    ]);
  });

  it("has two subtopics of a topic that is not divided itself, and code where it asks for some", async () => {
    expect(shapeOf(await plan("How does a workflow survive a crash?"))).toEqual([
      ["researcher", 0],
      ["researcher", 0],
      ["analyst", 2],
      ["writer", 3],
    ]);
    const code = await plan("What is 17 * 23?");
    expect(code.subtasks.map(({ agent }) => agent)).toContain("coder");
    expect(code.subtasks.find(({ agent }) => agent === "qa_tester")?.dependsOn).toEqual(["code"]);
  });

  it("can be carried out, whatever the task is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 80 }), async (asked) => {
        expect((await plan(asked)).subtasks.length).toBeGreaterThanOrEqual(3);
      }),
      { numRuns: 50 },
    );
  });
});
