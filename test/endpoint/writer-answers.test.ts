import { expect, it } from "vitest";
import { z } from "zod";
import { block, prompt } from "../../src/models/prompt.ts";
import { Verdict } from "../../src/outcomes/verdict.ts";
import { instanceOf } from "./instance.ts";
import type { ChatBody } from "./request.ts";
import type { JsonSchema } from "./schema.ts";
import { writerAnswers } from "./writer-answers.ts";

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema) as JsonSchema;
const textBody = (content: string): ChatBody => ({ model: "m", messages: [{ role: "user", content }] });
const body = (name: string, schema: z.ZodType, content: string): ChatBody => ({
  ...textBody(content),
  response_format: { type: "json_schema", json_schema: { name, schema: schemaOf(schema) } },
});

/** A responder that gives the value or text of its reply. */
function responder(...more: Parameters<typeof writerAnswers>) {
  const answer = writerAnswers(...more);
  return async (body: ChatBody): Promise<unknown> => {
    const reply = await answer({ n: 0, body, headers: {} });
    return reply.kind === "structured" ? reply.value : reply.kind === "text" ? reply.content : reply;
  };
}

const task = (text: string) => block("task", text);
const Decision = z.object({ next: z.enum(["code", "research", "finish"]), why: z.string().min(3) });

it("objects to a first draft and approves the revised one, whatever other runs do", async () => {
  const ask = responder();
  const review = (draft: string) => body("Verdict", Verdict, prompt(task("CAP"), block("draft", draft)));
  const first = String(await ask(textBody(task("CAP"))));
  const revised = String(await ask(textBody(prompt(task("CAP"), block("draft", first)))));
  for (const _ of [1, 2]) {
    const verdict = Verdict.parse(await ask(review(first)));
    expect(verdict).toMatchObject({ approved: false, objections: [{ change: "Name one case." }] });
  }
  expect(Verdict.parse(await ask(review(revised)))).toEqual({ approved: true, objections: [] });
});

it("counts verdicts by task where the prompt shows no draft", async () => {
  const ask = responder();
  const approvals = [];
  for (const about of ["a", "b", "a", "b", "a"]) {
    approvals.push(Verdict.parse(await ask(body("Verdict", Verdict, task(about)))).approved);
  }
  expect(approvals).toEqual([false, false, true, true, true]);
});

it("decides for every option once and then finishes, by the reports in the prompt or else by counting", async () => {
  const ask = responder();
  const decide = async (...reports: string[]) => {
    const content = prompt(task("t"), ...reports.map((report) => block("report", report)));
    return Decision.parse(await ask(body("Decision", Decision, content))).next;
  };
  expect([await decide(), await decide("r"), await decide("r", "s")]).toEqual(["code", "research", "finish"]);
  for (const _ of [1, 2]) {
    expect([await decide(), await decide(), await decide()]).toEqual(["code", "research", "finish"]);
  }
});

it("classifies, takes notes, and finds the schema's name in JSON mode", async () => {
  const ask = responder();
  const Classification = z.object({
    category: z.enum(["research", "writing"]),
    confidence: z.number(),
    reason: z.string(),
  });
  const Notes = z.object({ notes: z.array(z.object({ claim: z.string(), source: z.int() })) });
  expect(await ask(body("Classification", Classification, task("A writing task")))).toMatchObject({
    category: "writing",
    confidence: 0.9,
  });
  const sources = prompt(task("t"), block("source", "x", { id: 4 }), block("source", "y", { id: 7 }));
  const content = `${sources}\nGive JSON for Notes, as ${JSON.stringify(schemaOf(Notes))}.`;
  const notes = await ask({ ...textBody(content), response_format: { type: "json_object" } });
  expect(Notes.parse(notes).notes.map(({ source }) => source)).toEqual([4, 7]);
});

it("plans subtasks of which some need others, for the agents that there are", async () => {
  const Subtask = z.object({ id: z.string(), agent: z.enum(["a", "b"]), dependsOn: z.array(z.string()) });
  const Plan = z.object({ subtasks: z.array(Subtask) });
  const { subtasks } = Plan.parse(await responder()(body("Plan", Plan, task("t"))));
  expect(subtasks.map(({ id, agent, dependsOn }) => [id, agent, ...dependsOn])).toEqual([
    ["one", "a"],
    ["two", "a"],
    ["both", "b", "one", "two"],
    ["last", "a", "both"],
  ]);
});

it("answers any other schema with a minimal instance, or as the test says", async () => {
  const Sketch = z.object({
    title: z.string().min(6).max(9),
    score: z.number().min(2).max(5),
    kind: z.union([z.null(), z.literal("fast")]),
    note: z.string().optional(),
    url: z.url(),
    steps: z.array(z.object({ id: z.int().positive(), done: z.boolean() })).min(3),
  });
  expect(Sketch.parse(instanceOf(schemaOf(Sketch))).steps).toHaveLength(3);
  expect(Sketch.parse(await responder()(body("Sketch", Sketch, "?")))).toMatchObject({
    kind: "fast",
    score: 2,
  });
  expect(await responder({ Sketch: () => ({ mine: true }) })(body("Sketch", Sketch, "?"))).toEqual({
    mine: true,
  });
});
