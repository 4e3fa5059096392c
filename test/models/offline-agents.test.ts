import {
  AIMessage,
  type BaseMessage,
  HumanMessage,
  type ToolCall,
  ToolMessage,
} from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { divisionInto } from "../../graphs/hierarchy/state.ts";
import { OfflineModel } from "../../src/models/offline/model.ts";
import { block, instructions, prompt } from "../../src/models/prompt.ts";
import { answered, task } from "./offline-driver.ts";

const agentOf = (name: string, ...keys: string[]) =>
  tool(() => "", {
    name,
    description: `Does what a ${name} does.`,
    schema: z.object(Object.fromEntries(keys.map((key) => [key, z.string()]))),
  });
const AGENTS = [
  agentOf("researcher", "task"),
  agentOf("writer", "task", "material"),
  agentOf("editor", "task", "material"),
];
const model = new OfflineModel();

/** What is asked first, and what the model says next, each call of which is answered as given. */
async function conversation(asked: string, answers: Record<string, string>) {
  const messages: BaseMessage[] = [
    new HumanMessage(prompt(task(asked), instructions("answer", "Have it done."))),
  ];
  const made: ToolCall[][] = [];
  for (;;) {
    const message = await model.bindTools(AGENTS).invoke(messages);
    const calls = message.tool_calls ?? [];
    if (calls.length === 0) return { made, text: message.text };
    made.push(calls);
    const replies = calls.map(
      ({ id = "", name }) => new ToolMessage({ content: answers[name] ?? "", tool_call_id: id, name }),
    );
    messages.push(new AIMessage({ content: "", tool_calls: calls }), ...replies);
  }
}

const report = (from: string, text: string) => block("report", text, { from });
const FAILED = prompt("The call failed.", block("material", "Error: it is down.", { from: "writer" }));
const BOILS = "Water boils at a hundred degrees at sea level [1].";

describe("agents that are tools", () => {
  it("find out first, and then make a text, each out of the one before", async () => {
    const { made, text } = await conversation("When does water boil?", {
      researcher: report("researcher", BOILS),
      writer: report("writer", `# Water\n\n${BOILS}`),
      editor: report("editor", `# When water boils\n\n${BOILS}`),
    });
    expect(made.map((calls) => calls.map(({ name, args }) => [name, args]))).toEqual([
      [["researcher", { task: "When does water boil?" }]],
      [["writer", { task: "When does water boil?", material: BOILS }]],
      [["editor", { task: "When does water boil?", material: `# Water\n\n${BOILS}` }]],
    ]);
    expect(text).toBe(`# When water boils\n\n${BOILS}`);
  });

  it("are asked at once for each thing that is compared", async () => {
    const { made } = await conversation("Compare tea and coffee as drinks", { researcher: report("r", "x") });
    expect(made[0]?.map(({ args }) => args["task"])).toEqual(["tea as drinks", "coffee as drinks"]);
  });

  it("are done without where they fail: the answer is out of what there is", async () => {
    const { made, text } = await conversation("When does water boil?", {
      researcher: report("researcher", BOILS),
      writer: FAILED,
      editor: FAILED,
    });
    expect(made).toHaveLength(3);
    expect(text).toBe(BOILS);
  });

  it("are given nothing to write where nothing was found", async () => {
    const { made, text } = await conversation("When does water boil?", { researcher: FAILED });
    expect(made).toHaveLength(1);
    expect(text).toContain("no material on “When does water boil?”");
  });
});

describe("a division", () => {
  const CHOICES = block("choices", "- finder: facts, sources, research\n- critic: limits, costs, failures");
  const divide = (most: number, ...parts: string[]) =>
    answered("Division", divisionInto(most), ...parts, CHOICES);

  it("is by what is compared, each with keywords of who fits", async () => {
    const { parts } = await divide(3, task("Compare tea and coffee as drinks"));
    expect(parts).toEqual([
      { title: "tea", description: "tea as drinks", needs: ["facts", "sources"] },
      { title: "coffee", description: "coffee as drinks", needs: ["facts", "sources"] },
    ]);
  });

  it("is by the subtopics of a topic, once", async () => {
    const { parts } = await divide(3, task("How does tea grow?"));
    expect(parts.map(({ title, needs }) => [title, needs])).toEqual([
      ["How it works", ["facts", "sources"]],
      ["Limits and costs", ["limits", "costs"]],
    ]);
    const whole = block("context", "The whole task, of which this is a part: How does tea grow?");
    const below = await divide(3, task("How does tea grow?"), whole);
    expect(below.parts).toHaveLength(1);
  });

  it("is none where there may be but one part", async () => {
    const { parts } = await divide(1, task("Compare tea and coffee"));
    expect(parts).toMatchObject([{ title: "The task", description: "Compare tea and coffee" }]);
  });
});
