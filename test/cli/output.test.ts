import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { interrupt, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogue } from "../../graphs/catalogue.ts";
import { notify } from "../../src/events/notices.ts";
import { registerAnswer } from "../../src/outcomes/answer.ts";
import { startEndpoint, writerAnswers } from "../endpoint/server.ts";
import { pathWith } from "../runtime/articles.ts";
import { callHere, resultOf, TOPIC, Workplace } from "./command.ts";

describe.concurrent("a run", () => {
  it("prints the article alone on standard output, and on standard error who wrote it and how", async () => {
    const { code, out, err } = await new Workplace().write([TOPIC]);
    expect(code).toBe(0);
    expect(out).toMatch(/^# .+\n[\s\S]*\[1\][\s\S]*\n## Sources\n\n- \[1\] .*\(durable\.md\)\n/);
    expect(out).not.toMatch(/offline|tokens|thread/i);
    const lines = err.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^review-loop on thread [\da-f-]{36}$/);
    expect(lines.join("\n")).toMatch(/offline model.*OPENAI_API_KEY/);
    for (const node of pathWith(0)) {
      expect(err).toMatch(new RegExp(`\\d+\\.\\d s  ${node} …\\n`));
      expect(err).toMatch(new RegExp(`\\d+\\.\\d s  ${node} done`));
    }
    expect(lines.at(-1)).toMatch(/^done · \d+ nodes · \d+ calls · [\d,]+ tokens · no cost · \d+\.\d s$/);
  });

  it("prints the whole result as JSON, from standard input too", async () => {
    const place = new Workplace();
    const args = ["-", "--thread", "t", "--output", "json"];
    const ended = await place.write(args, { stdin: `${TOPIC}\n` });
    expect(ended.code).toBe(0);
    const { status, threadId, output, path, spend } = resultOf(ended);
    expect({ status, threadId }).toEqual({ status: "done", threadId: "t" });
    expect(output).toMatchObject({ approved: expect.any(Boolean), article: expect.stringContaining("[1]") });
    expect(path.at(-1)).toBe("finalize");
    expect(spend).toMatchObject({ usd: 0 });
    expect(place.files).toContain("runs.db");
  });

  it("takes the whole input from a file, and its thread takes a second one", async () => {
    const place = new Workplace();
    place.put("input.json", JSON.stringify({ topic: TOPIC }));
    const args = ["--input", "input.json", "--thread", "t"];
    expect(await place.write(args)).toMatchObject({ code: 0 });
    const second = await place.write([...args, "--output", "json"]);
    expect(resultOf(second).path[0]).toBe("research");
  });

  it("by a language model does not speak of the offline one, and tells its loops and tokens", async () => {
    const endpoint = await startEndpoint({ answer: writerAnswers() });
    const env = { OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "test", OPENAI_MODEL: "gpt-4.1-mini" };
    const { code, out, err } = await new Workplace().write([TOPIC], { env });
    await endpoint.close();
    expect(code).toBe(0);
    expect(out).toContain("Revised as the reviewer asked.");
    expect(err).not.toMatch(/offline/);
    expect(err).toMatch(/review \(2\) done · 1 call · [\d,]+ tokens/);
    expect(err).toMatch(/\ndone · 7 nodes · 6 calls · /);
    expect(endpoint.requests).toHaveLength(6);
  });

  it("is what the npm script runs from the sources, and calls itself by it", async () => {
    const { folder } = new Workplace();
    const { PATH = "", HOME = "" } = process.env;
    const env = { PATH, HOME, DATABASE_URL: `file:${folder}/runs.db` };
    const args = ["run", "-s", "review-loop", "--", TOPIC, "--docs", `${folder}/docs`, "--budget-calls", "3"];
    const { code, stdout, stderr } = await promisify(execFile)("npm", args, { env }).catch((ended) => ended);
    expect({ code, stdout }).toEqual({
      code: 4,
      stdout: expect.stringMatching(/^# .+\n[\s\S]*## Sources\n/),
    });
    expect(stderr).toMatch(/Go on with: npm run -s graph -- review-loop --thread /);
  });

  it("does not crash where nobody reads its output", async () => {
    const { child, ended } = new Workplace().start(["review-loop", TOPIC, "--docs", "docs"]);
    child.stdout?.destroy();
    const { code, err } = await ended;
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/\ndone · /) });
    expect(err).not.toMatch(/EPIPE/);
  });
});

it("a reason that holds control characters moves no cursor, on its lines and in the summary", async () => {
  const state = new StateSchema({ question: z.string() });
  const graph = new StateGraph(state)
    .addNode("look", () => {
      notify({ type: "note", text: "found\u001b[2J\u009b31m it" });
      throw new Error("no\u001b]0;title\u0007 answer\r\u001b[1A");
    })
    .addEdge(START, "look")
    .compile({ name: "looking" });
  const workflows = [
    { name: "looking", summary: "Looks.", input: "question", load: async () => ({ graph }) },
  ];
  const { code, err } = await callHere(["looking", "Why?"], { workflows });
  expect(code).toBe(1);
  expect(err).toMatch(/ s {2}look found it\n/);
  expect(err).toMatch(/\nfailed · [^\n]*\nno answer ?\n/);
  expect(err.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

describe("a result that holds what a terminal obeys", () => {
  const EVIL = "good\u001b[2J\u001b]0;title\u0007\u009b31m\u202e\u{e0041} end\n\tkept";
  const state = new StateSchema({ question: z.string(), answer: z.string() });
  const workflow = new StateGraph(state).addNode("look", () => ({ answer: EVIL })).addEdge(START, "look");
  const graph = workflow.compile({ name: "looking" });
  const workflows = [
    { name: "looking", summary: "Looks.", input: "question", load: async () => ({ graph }) },
  ];

  it("is printed as text without it", async () => {
    registerAnswer(workflow, ({ answer }: typeof state.State) => answer);
    const { code, out } = await callHere(["looking", "Why?"], { workflows });
    expect({ code, out }).toEqual({ code: 0, out: "good end\n\tkept\n" });
  });

  it("is printed as JSON that is the same, with it escaped", async () => {
    const ended = await callHere(["looking", "Why?", "--output", "json"], { workflows });
    expect(ended.out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e\u{e0041}]/u);
    expect(resultOf(ended).output).toMatchObject({ answer: EVIL });
  });
});

it("a question that holds what a terminal obeys moves no cursor, in the summary and where it is asked", async () => {
  const state = new StateSchema({ question: z.string(), said: z.string() });
  const graph = new StateGraph(state)
    .addNode("ask", () => ({
      said: interrupt<object, string>(
        { question: `Is it sk-${"a1".repeat(12)}?\u001b[2J\u202e`, why: "so\u001b[1A" },
        { responseSchema: z.enum(["yes\u001b[2J", "no"]) },
      ),
    }))
    .addEdge(START, "ask")
    .compile({ name: "asking" });
  const workflows = [{ name: "asking", summary: "Asks.", input: "question", load: async () => ({ graph }) }];
  const left = await callHere(["asking", "Why?"], { workflows });
  expect(left.code).toBe(3);
  expect(left.err).toMatch(/Asked \([^\n]*Is it \[redacted\]\?/);
  const prompts: string[] = [];
  const ask = async (prompt: string) => {
    prompts.push(prompt);
    return undefined;
  };
  const asked = await callHere(["asking", "Why?"], { workflows, ask });
  expect(prompts).toHaveLength(1);
  for (const err of [left.err, asked.err, ...prompts]) {
    expect(err.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  }
});

describe("what needs no run", () => {
  it.each([[["--help"]], [[]], [["review-loop", "--help"]]])("explains itself: %j", async (args) => {
    const { code, out, err } = await callHere(args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const option of [
      "--input",
      "--thread",
      "--resume",
      "--budget-calls",
      "--budget-tokens",
      "--budget-usd",
    ])
      expect(out).toContain(option);
    for (const option of ["--timeout", "--model", "--docs", "--output", "--list", "--diagram", "--help"])
      expect(out).toContain(option);
    for (const { name } of catalogue) expect(out).toContain(name);
  });

  it("explains the exit codes too, in a process of its own", async () => {
    const place = new Workplace();
    const { code, out, err } = await place.call(["--help"]);
    expect({ code, err, files: place.files }).toEqual({ code: 0, err: "", files: [] });
    expect(out).toMatch(/Exit codes: 0 done, 1 failed, 2 bad usage/);
  });

  it.each([
    [["review-loop", "--diagram"]],
    [["--diagram", "review-loop"]],
    [["review-loop", "--diagram", "text"]],
  ])("draws a workflow as text: %j", async (args) => {
    const { code, out } = await callHere(args);
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "START → research",
      "research → outline",
      "outline → write",
      "write → review",
      "review → revise | finalize",
      "revise → review",
      "finalize → END",
      "",
    ]);
  });

  it("draws a workflow as Mermaid", async () => {
    const { code, out } = await callHere(["review-loop", "--diagram", "mermaid"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^graph TD;\n/);
    expect(out).toContain("review -.-> revise;");
  });

  it.each(catalogue.map(({ name }) => [name]))("draws %s", async (name) => {
    expect(await callHere([name, "--diagram"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^START → /),
    });
  });
});
