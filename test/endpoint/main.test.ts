import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import OpenAI from "openai";
import { expect, it } from "vitest";
import { ASK } from "./asked.ts";

it("runs as a process of its own", async () => {
  const child = spawn(process.execPath, ["--import", "tsx", "test/endpoint/main.ts", "--latency", "50"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await once(createInterface(child.stdout), "line");
  const client = new OpenAI({ baseURL: String(url), apiKey: "test", maxRetries: 0 });
  const before = performance.now();
  const { choices } = await client.chat.completions.create(ASK);
  expect(choices[0]?.message.content).toContain("[1]");
  expect(performance.now() - before).toBeGreaterThan(45);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});
