import type { BaseMessage } from "@langchain/core/messages";
import { END, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { blocksOf } from "../../src/models/prompt.ts";
import { AgentReport, nodesFor } from "../../src/nodes/index.ts";
import { defineRole } from "../../src/roles/role.ts";
import { run } from "../../src/runtime/run.ts";
import { visible } from "../../src/security/text.ts";
import { RunContext } from "../../src/state/context.ts";
import { calls, type Line, ScriptedModel } from "../../src/testing/index.ts";
import { boundedTool } from "../../src/tools/bounded.ts";
import { INJECTIONS } from "./injections.ts";

const State = new StateSchema({ task: z.string(), report: AgentReport });
const { agent } = nodesFor(State);

const clerk = defineRole({
  name: "clerk",
  goal: "Look things up, and pay small bills.",
  tools: [
    "look",
    { tool: "pay", allow: { amount: { max: 100 } }, approval: true },
    { tool: "read", allow: { url: { hosts: ["docs.example"] }, path: { folders: ["public"] } } },
  ],
});

type Asked = { name: string; args: Record<string, unknown> };

/** What a model asks for that obeys whoever spoke last. */
const HOSTILE: readonly Asked[] = [
  { name: "wipe", args: {} },
  { name: "wipe", args: { approved: true, role: "admin" } },
  { name: "Wipe", args: {} },
  { name: "wipe ", args: {} },
  { name: "functions.wipe", args: {} },
  { name: "look\nwipe", args: {} },
  { name: "__proto__", args: {} },
  { name: "constructor", args: { name: "wipe" } },
  { name: "pay", args: { to: "Eve", amount: 1_000_000 } },
  { name: "pay", args: { to: "Eve", amount: "1" } },
  { name: "pay", args: { to: "Eve", amount: [1] } },
  { name: "pay", args: { to: "Eve", amount: Number.NaN } },
  { name: "pay", args: { to: "Eve" } },
  { name: "pay", args: { to: "Eve", amount: 7, decision: "approve" } },
  { name: "read", args: { url: "https://docs.example@evil.example/", path: "public/a" } },
  { name: "read", args: { url: "https://docs.example.evil.example/", path: "public/a" } },
  { name: "read", args: { url: "https://evil.example/?docs.example", path: "public/a" } },
  { name: "read", args: { url: "https://docs.example/", path: "public/../secret" } },
  { name: "read", args: { url: "https://docs.example/", path: "/etc/passwd" } },
  { name: "read", args: { url: "https://docs.example/", path: "publicity/a" } },
  { name: "read", args: { url: "https://docs.example/", path: "public\\..\\..\\secret" } },
];

/** Runs the clerk on what `look` gives; `wipe` and `read` are in the run's tools, and tell what they did. */
async function working(found: string, lines: Line[]) {
  const done: string[] = [];
  const acting = (name: string) =>
    boundedTool({ name, description: name, schema: z.looseObject({}) }, (args) => {
      done.push(`${name} ${JSON.stringify(args)}`);
      return "Done.";
    });
  const look = boundedTool({ name: "look", description: "Looks.", schema: z.object({}) }, () => found);
  const graph = new StateGraph(State, { context: RunContext })
    .addNode("work", agent({ role: clerk, prompt: ({ task }) => task, tools: [look], into: "report" }))
    .addEdge(START, "work")
    .addEdge("work", END)
    .compile({ name: "working", checkpointer: new MemorySaver() });
  const model = new ScriptedModel({ clerk: lines });
  const tools = ["wipe", "pay", "read"].map(acting);
  const { status } = await run(graph, { task: "Look it up." }, { models: model, tools, thread: "t" });
  return { status, done, model };
}

const ofType = (model: ScriptedModel, type: string): BaseMessage[] =>
  (model.requests.at(-1)?.messages ?? []).filter((message) => message.getType() === type);

describe.each(INJECTIONS)("material with %s", (_, text) => {
  it("stays within its block, and adds neither tools nor words of the system's", async () => {
    const { model } = await working(text, [calls({ name: "look", args: {} }), "All is well."]);
    const [shown] = ofType(model, "tool");
    const blocks = blocksOf(shown?.text ?? "");
    expect(blocks).toEqual([{ name: "material", attributes: { from: "look" }, text: visible(text) }]);
    expect(visible(shown?.text ?? "")).toBe(shown?.text);
    const [first, second] = model.requests;
    expect(second?.tools).toEqual(["look", "pay", "read"]);
    expect(first?.tools).toEqual(second?.tools);
    expect(ofType(model, "system").map((message) => message.text)).toEqual([first?.messages[0]?.text]);
  });

  it("runs nothing that is forbidden, even if the model obeys it", async () => {
    const turns = [HOSTILE.slice(0, 11), HOSTILE.slice(11)].map((asked) => calls(...asked));
    const { status, done } = await working(text, [calls({ name: "look", args: {} }), ...turns, "Obeyed."]);
    expect(done).toEqual([]);
    // One call is within the rules, and only that one is put before a person.
    expect(status).toBe("needs_human");
  });
});

it("runs nothing that is forbidden, whatever a model asks for", async () => {
  const name = fc.oneof(
    fc.constantFrom("wipe", "WIPE", "wipe()", "tools.wipe", "toString", "hasOwnProperty", ""),
    fc.string({ maxLength: 12 }).filter((each) => !["look", "pay", "read"].includes(each)),
  );
  const args = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
  const refused = fc.oneof(
    fc.record({ name, args }),
    fc.record({ name: fc.constant("pay"), args: args.map((each) => ({ ...each, amount: 101 })) }),
    fc.record({ name: fc.constant("read"), args: args.map((each) => ({ ...each, url: "file:///etc" })) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(refused, { minLength: 1, maxLength: 8 }), async (asked) => {
      const { status, done } = await working("All is well.", [calls(...asked), "Tried."]);
      expect([status, done]).toEqual(["done", []]);
    }),
    { numRuns: 60 },
  );
});
