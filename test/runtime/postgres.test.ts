import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { run } from "../../src/runtime/run.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { after, fails, type Line, ScriptedModel } from "../../src/testing/index.ts";
import { startChild } from "../contracts/child.ts";
import { createDatabase, POSTGRES, type TestDatabase } from "../storage/databases.ts";
import { openProxy } from "../storage/proxy.ts";
import { APPROVED, articleLines, articleModel, pathWith, rejected, reviewLoop, TOPIC } from "./articles.ts";

describe.skipIf(!POSTGRES)("a run on Postgres", () => {
  let database: TestDatabase;
  let storage: Storage;
  let threads = 0;
  const { graph, tools } = reviewLoop();
  const options = (models: ScriptedModel) => ({
    models,
    tools,
    checkpointer: storage.checkpointer,
    thread: `t${threads}`,
  });

  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());
  beforeEach(() => {
    threads += 1;
    storage = openStorage(database.url);
  });
  afterEach(() => storage.close());

  it("comes to its end, and what was kept says so", async () => {
    const models = articleModel([rejected(), APPROVED]);
    const result = await run(graph, TOPIC, options(models));
    expect(result).toMatchObject({
      status: "done",
      output: { approved: true, article: expect.stringContaining("Revision 1 [2].") },
      spend: { calls: 6 },
      path: pathWith(1),
    });
    expect(await storage.ledger.latest(result.threadId)).toMatchObject({ status: "done", input: TOPIC });
  });

  it("that failed in the middle is resumed by another storage, which pays only what is left", async () => {
    const { researcher, writer, reviewer } = articleLines([APPROVED]);
    const [plan = "", ...left] = writer;
    const failing = new ScriptedModel({ researcher, writer: [plan, fails(new Error("The power failed."))] });
    expect(await run(graph, TOPIC, options(failing))).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining("The power failed.") },
      path: ["research", "outline"],
    });

    await storage.close();
    storage = openStorage(database.url);
    const rest = new ScriptedModel({ writer: left, reviewer });
    expect(await run(graph, null, { ...options(rest), resume: true })).toMatchObject({
      status: "done",
      spend: { calls: 5 },
      path: pathWith(0),
    });
    rest.assertDone();
  });

  it("is suspended by its budget, and goes on under a higher one", async () => {
    const models = articleModel([rejected(), APPROVED]);
    const first = await run(graph, TOPIC, { ...options(models), budget: { calls: 4 } });
    expect(first).toMatchObject({
      status: "budget_exhausted",
      error: { code: "BUDGET" },
      spend: { calls: 4 },
      path: ["research", "outline", "write", "review"],
    });
    expect(await run(graph, null, { ...options(models), resume: true, budget: { calls: 6 } })).toMatchObject({
      status: "done",
      spend: { calls: 6 },
      path: pathWith(1),
    });
    models.assertDone();
  });

  it("is refused on a thread that another process holds, until that process is killed", async () => {
    const models = articleModel([APPROVED]);
    const holder = startChild("lock", database.url, options(models).thread);
    await holder.said("locked");
    await expect(run(graph, TOPIC, options(models))).rejects.toMatchObject({ problem: "busy" });
    expect(models.requests).toEqual([]);
    holder.kill();
    await holder.ended;
    // The server takes a moment to see the closed socket.
    const result = await vi.waitFor(() => run(graph, TOPIC, options(models)), { timeout: 10_000 });
    expect(result).toMatchObject({ status: "done", path: pathWith(0) });
  });

  it.each([
    ["while a model answers", (draft: Line) => after(5_000, draft)],
    ["just before a model has answered", (draft: Line) => draft],
  ])(
    "fails with one sentence when the server ends its connections %s, and can be resumed",
    async (_, late) => {
      const unhandled = vi.fn();
      process.on("unhandledRejection", unhandled);
      onTestFinished(() => void process.off("unhandledRejection", unhandled));
      const { researcher, writer, reviewer } = articleLines([APPROVED]);
      const [plan = "", draft = ""] = writer;
      const cut = async () => {
        await database.endConnections();
        return late(draft);
      };
      const models = new ScriptedModel({ researcher, writer: [plan, cut], reviewer });
      const failed = await run(graph, TOPIC, options(models));
      expect(failed).toMatchObject({ status: "failed", output: null, error: { code: "STORAGE" } });
      expect(failed.error?.message).toMatch(/^The (connection to|database) postgres:\S+ (?!.*\. ).*\.$/);

      const again = new ScriptedModel({ writer: [draft], reviewer });
      expect(await run(graph, null, { ...options(again), resume: true })).toMatchObject({
        status: "done",
        path: pathWith(0),
      });
      expect(unhandled).not.toHaveBeenCalled();
    },
  );

  it("fails with one sentence while the server is away, and goes on when it is back", async () => {
    const proxy = await openProxy(database.url);
    const near = openStorage(proxy.url);
    onTestFinished(async () => {
      await near.close();
      await proxy.cut();
    });
    const { researcher, writer, reviewer } = articleLines([APPROVED]);
    const [plan = "", draft = ""] = writer;
    const cut = async () => {
      await proxy.cut();
      return draft;
    };
    const models = new ScriptedModel({ researcher, writer: [plan, cut, draft], reviewer });
    const through = { ...options(models), checkpointer: near.checkpointer };
    const resume = () => run(graph, null, { ...through, resume: true });
    const away = { status: "failed", error: { code: "STORAGE" } };
    expect(await run(graph, TOPIC, through)).toMatchObject(away);
    const stillAway = await resume();
    expect(stillAway).toMatchObject(away);
    expect(stillAway.error?.message).toMatch(/no server answers/);

    await proxy.mend();
    // The server takes a moment to see that the connection that held the thread is gone.
    const result = await vi.waitFor(resume, { timeout: 10_000 });
    expect(result).toMatchObject({ status: "done", path: pathWith(0) });
    models.assertDone();
  });
});
