import { MemorySaver } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { StorageError } from "../../src/errors.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import type { Ledger } from "../../src/storage/ledger.ts";
import { MemoryLedger } from "../../src/storage/memory-ledger.ts";
import { openStorage } from "../../src/storage/open.ts";
import { ScriptedModel, when } from "../../src/testing/index.ts";
import { temporaryFolder } from "../storage/databases.ts";
import { APPROVED, articleModel, NOTES, pathWith, rejected, reviewLoop, TOPIC } from "./articles.ts";

/** Fails at one of its uses, counted from 1, and works before and after. */
class Failing {
  readonly at: number;
  readonly error: Error;
  uses = 0;

  constructor(at: number, error: Error) {
    this.at = at;
    this.error = error;
  }

  use(): void {
    this.uses += 1;
    if (this.uses === this.at) throw this.error;
  }
}

/** A saver of the caller's own, which fails at one of its writes. */
function failingSaver(failing: Failing): MemorySaver {
  const saver = new MemorySaver();
  return new Proxy(saver, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "put" && name !== "putWrites") return value.bind(target);
      return async (...given: unknown[]) => {
        failing.use();
        return Reflect.apply(value, target, given);
      };
    },
  });
}

/** A ledger that fails at one of its uses. */
function failingLedger(failing: Failing): Ledger {
  const ledger = new MemoryLedger();
  return new Proxy<Ledger>(ledger, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return async (...given: unknown[]) => {
        failing.use();
        return Reflect.apply(value, target, given);
      };
    },
  });
}

/** Answers by what is asked, so that an answer that was lost can be asked for again. */
const patient = () => {
  const says = (part: string) => (request: { text: string }) => request.text.includes(part);
  const always = (line: object | string) => () => line as string;
  return new ScriptedModel({
    researcher: [1, 2].map(() => when(() => true, NOTES)),
    writer: [
      ...[1, 2].map(() => when(says("Plan an article"), always("# Plan"))),
      ...[1, 2].map(() => when(says("Write the article"), always("Draft [1]."))),
      ...[1, 2].map(() => when(says("Revise your article"), always("Revised [1]."))),
    ],
    reviewer: [
      ...[1, 2].map(() => when(says("Revised"), APPROVED)),
      ...[1, 2].map(() => when((request) => !says("Revised")(request), rejected())),
    ],
  });
};

const BROKEN = new Error("The disk is full.");

/** How many writes, and how many uses of the ledger, a whole run has. */
async function usesOfARun() {
  const [saver, ledger] = [new Failing(0, BROKEN), new Failing(0, BROKEN)];
  const { graph, tools } = reviewLoop();
  const options = { checkpointer: failingSaver(saver), ledger: failingLedger(ledger) };
  await run(graph, TOPIC, { ...options, models: patient(), tools, thread: "t" });
  return { writes: saver.uses, uses: ledger.uses };
}

const { writes, uses } = await usesOfARun();
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("a run whose storage fails once", () => {
  it.each(upTo(writes))(`fails and can be resumed to the same end: write %i of ${writes}`, async (at) => {
    const { graph, tools } = reviewLoop();
    const models = patient();
    const checkpointer = failingSaver(new Failing(at, BROKEN));
    const options = { models, tools, checkpointer, thread: "t" };
    const first = await run(graph, TOPIC, options);
    expect(first).toMatchObject({ status: "failed", output: null, error: { message: BROKEN.message } });
    const resumed = await run(graph, null, { ...options, resume: true });
    expect(resumed).toMatchObject({
      status: "done",
      output: { article: "Revised [1].", approved: true },
      path: pathWith(1),
    });
    expect(models.requests.length).toBeLessThanOrEqual(7);
    expect(resumed.spend.calls).toBe(models.requests.length);
  });

  it.each(upTo(uses))(`is a result, not a rejection: use %i of ${uses} of the ledger`, async (at) => {
    const { graph, tools } = reviewLoop();
    const ledger = failingLedger(new Failing(at, new StorageError("The disk is full.")));
    const options = { models: patient(), tools, ledger, thread: "t" };
    const first = await run(graph, TOPIC, options);
    expect(first).toMatchObject({ status: "failed", error: { code: "STORAGE" } });
    const view = await inspect(graph, options);
    const goesOn = view && view.run?.status !== "done";
    if (goesOn) await run(graph, null, { ...options, resume: true });
    else if (!view) await run(graph, TOPIC, options);
    expect((await inspect(graph, options))?.values).toMatchObject({
      article: "Revised [1].",
      approved: true,
    });
  });
});

describe("a database that cannot be used", () => {
  it("fails the run also where it is the caller's own, and reads fail too", async () => {
    class Unreadable extends MemorySaver {
      override async getTuple(): Promise<never> {
        throw BROKEN;
      }
    }
    const { graph, tools } = reviewLoop();
    const options = { models: new ScriptedModel({}), tools, checkpointer: new Unreadable() };
    expect(await run(graph, TOPIC, options)).toMatchObject({
      status: "failed",
      error: { code: "UNEXPECTED", message: BROKEN.message },
    });
  });

  it("fails the run with a sentence that says what to do", async () => {
    const { graph, tools } = reviewLoop();
    const { checkpointer } = openStorage(`file:${temporaryFolder()}`);
    const models = new ScriptedModel({});
    expect(await run(graph, TOPIC, { models, tools, checkpointer })).toMatchObject({
      status: "failed",
      error: { code: "STORAGE", message: expect.stringContaining("its path is a folder; name a file") },
      path: [],
      spend: { calls: 0 },
    });
  });

  it("fails the run that comes after it was closed", async () => {
    const { graph, tools } = reviewLoop();
    const { checkpointer, close } = openStorage("memory:");
    await close();
    const models = articleModel([APPROVED]);
    expect(await run(graph, TOPIC, { models, tools, checkpointer })).toMatchObject({
      status: "failed",
      error: { code: "STORAGE" },
    });
  });
});
