import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import {
  type BaseCheckpointSaver,
  type CheckpointTuple,
  emptyCheckpoint,
} from "@langchain/langgraph-checkpoint";
import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/errors.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { startChild } from "../contracts/child.ts";
import { newRun } from "../contracts/runs.ts";
import { temporaryFolder } from "./databases.ts";

const thread = { configurable: { thread_id: "thread" } };
const put = ({ checkpointer }: Storage) =>
  checkpointer.put({ ...thread }, emptyCheckpoint(), { source: "input", step: -1, parents: {} }, {});

describe("openStorage", () => {
  it("creates nothing, and a read of a file that is not there answers as empty and creates nothing", async () => {
    const folder = temporaryFolder();
    const { checkpointer, ledger, close } = openStorage(`file:${folder}/sub/runs.db`);
    expect(await checkpointer.getTuple(thread)).toBeUndefined();
    expect(await checkpointsOf(checkpointer)).toEqual([]);
    const history = await checkpointer.getDeltaChannelHistory({ config: thread, channels: ["notes"] });
    expect(history).toEqual({ notes: { writes: [] } });
    await checkpointer.deleteThread("thread");
    expect(await ledger.latest("thread")).toBeUndefined();
    expect(await ledger.path("run")).toEqual([]);
    expect(await ledger.spent("run")).toMatchObject({ calls: 0, usd: 0 });
    await ledger.settle("call", { inputTokens: 1, outputTokens: 1, usd: 0, estimated: false });
    await ledger.settleOpen("run");
    await ledger.update("run", { status: "failed" });
    await close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("loads a database's package at the first use", async () => {
    const child = startChild("packages", `file:${temporaryFolder()}/runs.db`, "thread");
    expect(await child.said("idle")).toBe("idle ");
    expect(await child.said("used")).toBe("used better-sqlite3");
    await child.ended;
  });

  it("takes a path relative to the working directory, and creates the file and its folder at the first write", async () => {
    const folder = temporaryFolder();
    const storage = openStorage(`file:${relative(process.cwd(), folder)}/sub/runs.db`);
    await put(storage);
    await storage.ledger.begin(newRun());
    expect(readdirSync(join(folder, "sub"))).toContain("runs.db");
    await storage.close();
    expect(readdirSync(join(folder, "sub"))).toEqual(["runs.db"]);
  });

  it("finds in a file what another storage wrote to it", async () => {
    const url = `file:${temporaryFolder()}/runs.db`;
    const first = openStorage(url);
    const run = newRun();
    await put(first);
    await first.ledger.begin(run);
    await first.close();
    const second = openStorage(url);
    expect(await second.checkpointer.getTuple(thread)).toMatchObject({ metadata: { step: -1 } });
    expect(await second.ledger.latest(run.threadId)).toEqual(run);
    await second.close();
  });

  it("shares one opening between concurrent first uses", async () => {
    const storage = openStorage(`file:${temporaryFolder()}/runs.db`);
    await Promise.all([
      put(storage),
      put(storage),
      storage.ledger.begin(newRun()),
      storage.ledger.path("run"),
    ]);
    expect(await checkpointsOf(storage.checkpointer)).toHaveLength(2);
    await storage.close();
  });

  it.each([
    ["a link to its file", "real/runs.db", "link", true],
    ["a link to its file that is not there yet", "real/runs.db", "link", false],
    ["a link to its folder", "real", "link/runs.db", true],
    ["a link to its folder that is not there yet", "real", "link/runs.db", false],
  ])("gives a thread once, also where a storage is opened by %s", async (_, target, path, isThere) => {
    const folder = temporaryFolder();
    symlinkSync(target, join(folder, "link"));
    const direct = openStorage(`file:${folder}/real/runs.db`);
    if (isThere) await direct.ledger.begin(newRun());
    const linked = openStorage(`file:${folder}/${path}`);
    const lock = await linked.ledger.lock("thread");
    await expect(direct.ledger.lock("thread")).rejects.toMatchObject({ problem: "busy" });
    await lock.release();
    const run = newRun();
    await linked.ledger.begin(run);
    expect(await direct.ledger.latest(run.threadId)).toEqual(run);
    await Promise.all([direct.close(), linked.close()]);
    expect(readdirSync(folder).sort()).toEqual(["link", "real"]);
    expect(readdirSync(join(folder, "real")).sort()).toEqual(["runs.db", "runs.db.locks"]);
  });

  it("says that a link that leads to itself cannot be used", async () => {
    const path = join(temporaryFolder(), "runs.db");
    symlinkSync("runs.db", path);
    await expect(put(openStorage(`file:${path}`))).rejects.toMatchObject({ code: "STORAGE" });
  });

  it("leaves no lock file behind", async () => {
    const folder = temporaryFolder();
    const storage = openStorage(`file:${folder}/runs.db`);
    const locks = await Promise.all(["a", "b", "c"].map((id) => storage.ledger.lock(id)));
    expect(readdirSync(`${folder}/runs.db.locks`)).toHaveLength(4);
    for (const lock of locks) await lock.release();
    await storage.close();
    expect(readdirSync(`${folder}/runs.db.locks`)).toEqual(["gate"]);
  });

  it.each(["", "file:", "mysql://localhost/db", "runs.db"])("refuses the address %j", (url) => {
    expect(() => openStorage(url)).toThrow(SettingsError);
  });

  it.each(["memory:", "file:unused.db", "postgres://localhost:1/db"])(
    "rejects any use of %s after close",
    async (url) => {
      const storage = openStorage(url);
      await storage.close();
      await storage.close();
      await expect(storage.checkpointer.getTuple(thread)).rejects.toThrow(/was closed/);
      expect(existsSync("unused.db")).toBe(false);
    },
  );
});

async function checkpointsOf(checkpointer: BaseCheckpointSaver) {
  const found: CheckpointTuple[] = [];
  for await (const checkpoint of checkpointer.list(thread)) found.push(checkpoint);
  return found;
}
