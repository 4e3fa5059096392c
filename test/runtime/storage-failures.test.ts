import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MemorySaver } from "@langchain/langgraph";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { StorageError } from "../../src/errors.ts";
import type { RunEvent } from "../../src/events/events.ts";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import type { Ledger } from "../../src/storage/ledger.ts";
import { MemoryLedger } from "../../src/storage/memory-ledger.ts";
import { openStorage } from "../../src/storage/open.ts";
import { after, ScriptedModel, when } from "../../src/testing/index.ts";
import { temporaryFolder } from "../storage/databases.ts";
import {
  APPROVED,
  articleLines,
  articleModel,
  NOTES,
  pathWith,
  rejected,
  reviewLoop,
  TOPIC,
} from "./articles.ts";

/** Fails at one of its uses, counted from 1, and works before, and after unless it fails for good. */
class Failing {
  readonly at: number;
  readonly error: Error;
  readonly forGood: boolean;
  uses = 0;

  constructor(at: number, error: Error, forGood = false) {
    this.at = at;
    this.error = error;
    this.forGood = forGood;
  }

  use(): void {
    this.uses += 1;
    if (this.uses === this.at || (this.forGood && this.uses > this.at)) throw this.error;
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
    expect(await inspect(graph, options)).toMatchObject({
      values: { article: "Revised [1].", approved: true },
      path: pathWith(1),
    });
  });
});

describe("a run whose storage fails for good", () => {
  it("says what was last known of its spend and its path, and tells its end", async () => {
    const { graph, tools } = reviewLoop();
    const broken = new StorageError("The disk is full.");
    const events: RunEvent[] = [];
    const options = { tools, thread: "t", onEvent: (event: RunEvent) => events.push(event) };
    const ledger = failingLedger(new Failing(uses - 3, broken, true));
    const result = await run(graph, TOPIC, { ...options, models: patient(), ledger });
    expect(result).toMatchObject({
      status: "failed",
      error: { code: "STORAGE", message: broken.message },
      spend: { calls: 6, estimated: false },
      path: pathWith(1),
    });
    expect(result.spend.ms).toBeGreaterThan(0);
    const { status, spend, path, error } = result;
    expect(events.at(-1)).toMatchObject({ type: "run_ended", status, spend, path, error });
  });

  it("says on a resume too what the run had come to before", async () => {
    const { graph, tools } = reviewLoop();
    const failing = new Failing(Number.POSITIVE_INFINITY, new StorageError("The disk is full."), true);
    const options = { models: patient(), tools, ledger: failingLedger(failing), thread: "t" };
    const first = await run(graph, TOPIC, { ...options, budget: { calls: 3 } });
    let begun = false;
    const onEvent = ({ type }: RunEvent) => {
      if (type === "run_started") begun = true;
      failing.use = () => {
        if (begun) throw failing.error;
      };
    };
    const resumed = await run(graph, null, { ...options, resume: true, budget: { calls: 9 }, onEvent });
    expect(resumed).toMatchObject({ status: "failed", error: { code: "STORAGE" }, path: first.path });
    expect(resumed.spend).toMatchObject({ calls: 3, outputTokens: first.spend.outputTokens });
  });
});

describe("a thread's lock", () => {
  /** A ledger whose lock can be lost, and cannot be released then. */
  class Losing extends MemoryLedger {
    readonly losing = new AbortController();

    override async lock(threadId: string) {
      const lock = await super.lock(threadId);
      const release = async () => {
        await lock.release();
        if (this.losing.signal.aborted) throw BROKEN;
      };
      return { release, lost: this.losing.signal };
    }
  }

  it("stops the run where it is lost, writes nothing after, and the run can be resumed", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const { graph, tools } = reviewLoop();
    const ledger = new Losing();
    const models = new ScriptedModel({ ...articleLines([APPROVED]), reviewer: [after(60_000, APPROVED)] });
    const running = run(graph, TOPIC, { models, tools, ledger, thread: "t" });
    await vi.waitFor(() => expect(models.requests).toHaveLength(4));
    ledger.losing.abort(new StorageError("The connection that held the lock is gone."));
    expect(await running).toMatchObject({
      status: "failed",
      error: { code: "STORAGE", message: "The connection that held the lock is gone." },
      path: ["research", "outline", "write"],
    });
    expect(warn).toHaveBeenCalledOnce();
    expect(await ledger.latest("t")).toMatchObject({ status: "running" });
    Object.assign(ledger, { losing: new AbortController() });
    const again = { models: new ScriptedModel({ reviewer: [APPROVED] }), tools, ledger, thread: "t" };
    expect(await run(graph, null, { ...again, resume: true })).toMatchObject({
      status: "done",
      path: pathWith(0),
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

  it.each([
    ["is cut off in the middle", (size: number) => size / 2],
    ["is cut off behind its first bytes", () => 100],
  ])("that %s fails the run and says so; the run goes on when the file is back", async (_, left) => {
    const { graph, tools } = reviewLoop();
    const path = join(temporaryFolder(), "runs.db");
    const models = articleModel([APPROVED]);
    const resume = async (budget: { calls: number }) => {
      const { checkpointer, close } = openStorage(`file:${path}`);
      const result = await run(graph, null, {
        models,
        tools,
        checkpointer,
        thread: "t",
        budget,
        resume: true,
      });
      await close();
      return result;
    };
    const { checkpointer, close } = openStorage(`file:${path}`);
    await run(graph, TOPIC, { models, tools, checkpointer, thread: "t", budget: { calls: 3 } });
    await close();
    const whole = readFileSync(path);
    truncateSync(path, left(whole.length));
    const failed = await resume({ calls: 9 });
    expect(failed).toMatchObject({ status: "failed", error: { code: "STORAGE" } });
    expect(failed.error?.message).toMatch(/corrupted; restore it|not a SQLite database/);
    expect(failed.error?.message).toContain(path);

    writeFileSync(path, whole);
    expect(await resume({ calls: 9 })).toMatchObject({ status: "done", path: pathWith(0) });
    models.assertDone();
  });
});
