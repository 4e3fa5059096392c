import { existsSync } from "node:fs";
import { join } from "node:path";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { expect, it, vi } from "vitest";
import { z } from "zod";
import { defaultCheckpointer, defaultStorage } from "../../src/storage/open.ts";
import { temporaryFolder } from "./databases.ts";

const State = new StateSchema({ topic: z.string(), draft: z.string() });

it("serves a graph that was compiled before the environment was read", async () => {
  const checkpointer = defaultCheckpointer();
  const graph = new StateGraph(State)
    .addNode("write", ({ topic }) => ({ draft: `On ${topic}` }))
    .addEdge(START, "write")
    .addEdge("write", END)
    .compile({ checkpointer });
  const path = join(temporaryFolder(), "runs.db");
  vi.stubEnv("DATABASE_URL", `file:${path}`);
  const thread = { configurable: { thread_id: "thread" } };

  expect((await graph.getState(thread)).values).toEqual({});
  expect(existsSync(path)).toBe(false);
  await graph.invoke({ topic: "time" }, { ...thread, durability: "sync" });

  const first = defaultStorage();
  expect(first).toBe(defaultStorage());
  expect(first.url).toBe(`file:${path}`);
  await first.close();
  expect(defaultStorage()).not.toBe(first);
  expect((await graph.getState(thread)).values).toEqual({ topic: "time", draft: "On time" });
  await defaultStorage().close();
});
