import {
  AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { OfflineModel } from "../../src/models/offline/model.ts";
import { block, instructions, prompt } from "../../src/models/prompt.ts";
import { outputFault } from "../../src/roles/output.ts";
import { defineRole } from "../../src/roles/role.ts";
import { systemPrompt } from "../../src/roles/system-prompt.ts";
import { corpora, lighthouses, queues } from "./offline-corpora.ts";
import { ask, sources, task } from "./offline-driver.ts";

const model = new OfflineModel();
const article = new HumanMessage(
  prompt(task(queues.task), ...sources(queues), instructions("article", "Write it.")),
);

const Usage = z.object({ input_tokens: z.int(), output_tokens: z.int(), total_tokens: z.int() });
const usageIn = (message: { usage_metadata?: unknown }) => Usage.parse(message.usage_metadata);

async function streamed(messages: BaseMessage[], from: { stream: typeof model.stream } = model) {
  const chunks: AIMessageChunk[] = [];
  for await (const chunk of await from.stream(messages)) chunks.push(chunk);
  return { chunks, whole: chunks.reduce((all, chunk) => all.concat(chunk)) };
}

describe("the offline model", () => {
  it("gives the same answer to the same messages, with usage and the reason why it ends", async () => {
    const [one, other] = [await model.invoke([article]), await new OfflineModel().invoke([article])];
    expect(other.text).toBe(one.text);
    expect(one.response_metadata).toEqual({ model_name: "offline", finish_reason: "stop" });
    const { input_tokens, output_tokens, total_tokens } = usageIn(one);
    expect(output_tokens).toBeGreaterThan(50);
    expect(input_tokens).toBeGreaterThan(output_tokens);
    expect(total_tokens).toBe(input_tokens + output_tokens);
  });

  it("streams a few words at a time what it would answer at once, usage included", async () => {
    const whole = await model.invoke([article]);
    const { chunks, whole: joined } = await streamed([article]);
    expect(joined.text).toBe(whole.text);
    expect(joined.usage_metadata).toMatchObject(usageIn(whole));
    expect(joined.response_metadata).toMatchObject({ model_name: "offline", finish_reason: "stop" });
    expect(chunks.length).toBeGreaterThan(20);
    expect(Math.max(...chunks.map(({ text }) => text.trim().split(/\s+/).length))).toBeLessThanOrEqual(4);
  });

  it("stops streaming when its signal aborts, and does not start after that", async () => {
    const controller = new AbortController();
    const taken: string[] = [];
    const streaming = async () => {
      for await (const chunk of await model.stream([article], { signal: controller.signal })) {
        taken.push(chunk.text);
        if (taken.length === 3) controller.abort();
      }
    };
    await expect(streaming()).rejects.toThrow(/abort/i);
    expect(taken.length).toBeLessThanOrEqual(4);
    await expect(model.invoke([article], { signal: controller.signal })).rejects.toThrow(/abort/i);
  });

  it("says in plain words that it has no material, names the task and what would help", async () => {
    for (const form of ["outline", "article", "answer", "report", "revision"] as const) {
      const text = await ask(form, task("Explain how glaciers move"));
      expect(text, form).toContain("offline model");
      expect(text, form).toContain("“Explain how glaciers move”");
      expect(text, form).toContain("--docs");
      expect(text.split(/\s+/).length).toBeLessThan(60);
    }
    expect((await model.invoke("Explain how glaciers move")).text).toContain("“Explain how glaciers move”");
    expect((await model.invoke([])).text).toContain("offline model");
  });

  it("keeps to a system message's conversation but answers the request", async () => {
    const answer = await model.invoke([new SystemMessage("You are a poet."), article]);
    expect(answer.text).toBe((await model.invoke([article])).text);
  });

  it("answers with JSON where a role's contract asks for it, by its schema", async () => {
    const role = defineRole({
      name: "reader",
      goal: "Read.",
      output: {
        description: "What it says.",
        schema: {
          type: "object",
          properties: { says: { type: "string" }, sure: { type: "boolean" } },
          required: ["says", "sure"],
        },
      },
    });
    const answer = await model.invoke([new SystemMessage(systemPrompt(role)), article]);
    expect(JSON.parse(answer.text)).toEqual({ says: expect.any(String), sure: expect.any(Boolean) });
    expect(outputFault(role, answer.text)).toBeUndefined();
  });

  it("answers a request that was sent back with a reason from the request itself", async () => {
    const again = [
      article,
      new AIMessage("draft"),
      new HumanMessage("That is no valid answer. Answer again."),
    ];
    expect((await model.invoke(again)).text).toBe((await model.invoke([article])).text);
  });
});

describe("an answer", () => {
  it("is a short cited digest that opens with the answer", async () => {
    for (const corpus of corpora) {
      const text = await ask("answer", task(corpus.task), ...sources(corpus));
      expect(text.split("\n\n").length).toBeLessThanOrEqual(4);
      expect(text.match(/\[\d\]/g)?.length).toBeGreaterThanOrEqual(5);
      expect(text).not.toMatch(/^#/m);
    }
    expect(await ask("answer", task(lighthouses.task), ...sources(lighthouses))).toMatch(
      /^A lighthouse lens is built/,
    );
  });

  it("keeps the reports of specialists apart, with their citations, and leaves out who had nothing", async () => {
    const nothing = await ask("answer", task(queues.task));
    const text = await ask(
      "report",
      task(queues.task),
      block("report", "A worker renews its lease every ten seconds [1].", { from: "research" }),
      block("report", "The claim on the lease is borne out by its source.", { from: "qa" }),
      block("report", nothing, { from: "code" }),
    );
    expect(text).toBe(
      "**Research.** A worker renews its lease every ten seconds [1].\n\n**Qa.** The claim on the lease is borne out by its source.",
    );
  });

  it("plans who does what by the words of the task, a reviewer last", async () => {
    const choices = block(
      "choices",
      "- qa: checks reports for mistakes\n- code: writes and runs programs\n- research: searches the documents",
    );
    expect(await ask("plan", task("Compare the leases of two queues"), choices)).toBe(
      "1. research: Compare the leases of two queues\n2. qa: Check the reports on: Compare the leases of two queues",
    );
    expect(await ask("plan", task("Write a program that counts words"), choices)).toMatch(/^1\. code: /);
  });
});

describe("tools", () => {
  const search = tool(async () => "", {
    name: "search_documents",
    description: "Searches documents.",
    schema: z.object({ query: z.string() }),
  });
  const calculate = tool(async () => "", {
    name: "calculate",
    description: "Calculates.",
    schema: z.object({ expression: z.string() }),
  });
  const agent = model.bindTools([search, calculate]);
  const result = (call: AIMessage, content: string) =>
    new ToolMessage({
      content,
      tool_call_id: call.tool_calls?.[0]?.id ?? "",
      name: call.tool_calls?.[0]?.name ?? "",
    });

  it("searches by the task's keywords and answers from what was found", async () => {
    const asked = new HumanMessage(queues.task);
    const call = await agent.invoke([asked]);
    expect(call.tool_calls).toMatchObject([
      { name: "search_documents", args: { query: "job queue delivers worker crashes" } },
    ]);
    expect(call.response_metadata).toMatchObject({ finish_reason: "tool_calls" });
    const answer = await agent.invoke([asked, call, result(call, sources(queues).join("\n\n"))]);
    expect(answer.tool_calls).toEqual([]);
    expect(answer.text).toMatch(/The queue delivers .*\[1\]/);
  });

  it("searches once more in other words when nothing was found, and then says that it has no material", async () => {
    const asked = new HumanMessage("How do glaciers move over rock?");
    const first = await agent.invoke([asked]);
    const second = await agent.invoke([asked, first, result(first, "No passage matches.")]);
    expect(second.tool_calls).toHaveLength(1);
    expect(second.tool_calls?.[0]?.args).not.toEqual(first.tool_calls?.[0]?.args);
    expect(second.tool_calls?.[0]?.id).not.toBe(first.tool_calls?.[0]?.id);
    const last = await agent.invoke([
      asked,
      first,
      result(first, "No passage matches."),
      second,
      result(second, "No passage matches."),
    ]);
    expect(last.tool_calls).toEqual([]);
    expect(last.text).toContain("no material");
  });

  it("calculates what the task asks to calculate, once, and answers with the result", async () => {
    const asked = new HumanMessage("What is (12 + 30) * 2?");
    const call = await agent.invoke([asked]);
    expect(call.tool_calls).toMatchObject([{ name: "calculate", args: { expression: "(12 + 30) * 2" } }]);
    const answer = await agent.invoke([asked, call, result(call, "(12 + 30) * 2 = 84")]);
    expect(answer.tool_calls).toEqual([]);
    expect(answer.text).toBe("(12 + 30) * 2 = 84.");
  });

  it("calls the tool that is forced, and none where none may be called", async () => {
    for (const tool_choice of ["calculate", { type: "function", function: { name: "calculate" } }]) {
      const forced = await model
        .bindTools([search, calculate], { tool_choice })
        .invoke("Explain 2 + 3 in words");
      expect(forced.tool_calls).toMatchObject([{ name: "calculate", args: { expression: "2 + 3" } }]);
    }
    const none = await model.bindTools([search], { tool_choice: "none" }).invoke("Explain leases");
    expect(none.tool_calls).toEqual([]);
    const any = await model.bindTools([search], { tool_choice: "any" }).invoke("Explain leases");
    expect(any.tool_calls).toMatchObject([{ name: "search_documents", args: { query: "leases" } }]);
  });

  it("streams a tool call in chunks that join to the same call", async () => {
    const messages = [new HumanMessage(queues.task)];
    const { whole, chunks } = await streamed(messages, agent);
    expect(whole.tool_calls).toEqual((await agent.invoke(messages)).tool_calls);
    expect(chunks.some(({ tool_call_chunks }) => (tool_call_chunks?.length ?? 0) > 0)).toBe(true);
  });
});
