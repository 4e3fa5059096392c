import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { ThreadError } from "../../src/errors.ts";
import { LedgerAccount } from "../../src/resilience/account.ts";
import { defaultCheckpointer, openStorage, type Storage } from "../../src/storage/open.ts";
import type { Task } from "./child.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Waits until the parent closes the standard input, so that several children do their work at the same time. */
const ready = async () => {
  say("ready");
  for await (const _ of process.stdin);
};

const tasks: Record<Task, (storage: Storage, subject: string) => Promise<void>> = {
  async reserve({ ledger }, runId) {
    const call = { inputTokens: 100, outputTokens: 50, usd: null };
    await ledger.spent(runId);
    await ready();
    const answers = await Promise.all(Array.from({ length: 60 }, () => ledger.reserve(runId, call)));
    say(`granted ${answers.filter((answer) => "granted" in answer).length}`);
  },

  /** Makes calls that use less than they reserve, until none is admitted any more. */
  async spend({ ledger }, runId) {
    const account = new LedgerAccount(ledger, runId, { budget: {}, clock: () => 0 });
    const call = { inputTokens: 10, outputTokens: 50, usd: null, least: { outputTokens: 5, usd: null } };
    await ledger.spent(runId);
    await ready();
    const branch = async () => {
      for (;;) {
        const admission = await account.admit(call);
        if ("refused" in admission) return;
        const outputTokens = Math.ceil(Math.random() * (admission.outputTokens ?? 0));
        const { total } = await account.settle(admission.granted, { ...USED, outputTokens });
        most = Math.max(most, total.inputTokens + total.outputTokens);
      }
    };
    let most = 0;
    await Promise.all(Array.from({ length: 8 }, branch));
    say(`spent ${most}`);
  },

  async claim({ ledger }, scope) {
    await ledger.path(scope);
    await ready();
    const keys = Array.from({ length: 40 }, (_, index) => `act ${index}`);
    const claims = await Promise.all(keys.map((key) => ledger.claim(scope, key, `${process.pid}`)));
    say(`claimed ${claims.filter(({ state }) => state === "claimed").length}`);
  },

  async audit({ ledger }, threadId) {
    await ledger.auditHead();
    await ready();
    const fact = { type: "effect", key: "article", state: "done" } as const;
    await Promise.all(Array.from({ length: 40 }, () => ledger.audit({ threadId, runId: null }, fact)));
    say("audited 40");
  },

  /** Publishes to a file, and is killed before that is recorded. */
  async publish({ checkpointer }, path) {
    const [{ run }, { publishing }] = await Promise.all([
      import("../../src/runtime/run.ts"),
      import("../resilience/publishing.ts"),
    ]);
    const graph = publishing(({ idempotencyKey }) => {
      appendFileSync(path, `${idempotencyKey}\n`);
      process.kill(process.pid, "SIGKILL");
    });
    await run(graph, {}, { thread: "thread", checkpointer });
  },

  async lock({ ledger }, threadId) {
    await ledger.lock(threadId);
    say("locked");
    await sleep(600_000);
  },

  /** Takes and releases one thread again and again; a second owner at the same time finds the marker. */
  async cycle({ ledger }, marker) {
    await ready();
    for (let taken = 0; taken < 100; ) {
      const lock = await ledger.lock(marker).catch((error: unknown) => {
        if (error instanceof ThreadError) return undefined;
        throw error;
      });
      if (lock) {
        writeFileSync(marker, "", { flag: "wx" });
        await sleep(0);
        rmSync(marker);
        await lock.release();
        taken += 1;
      }
      await sleep(Math.random());
    }
    say("cycled");
  },

  async open({ checkpointer }, threadId) {
    await Promise.all([
      import("better-sqlite3"),
      import("@langchain/langgraph-checkpoint-sqlite"),
      import("pg"),
    ]);
    await ready();
    const found = await checkpointer.getTuple({ configurable: { thread_id: threadId } });
    await checkpointer.put({ configurable: { thread_id: threadId } }, EMPTY, META, {});
    say(`opened ${found === undefined}`);
  },

  async packages({ checkpointer }, threadId) {
    defaultCheckpointer();
    say(`idle ${databasePackages()}`);
    await checkpointer.put({ configurable: { thread_id: threadId } }, EMPTY, META, {});
    say(`used ${databasePackages()}`);
  },
};

const USED = { inputTokens: 10, usd: null, estimated: false };

const databasePackages = () => {
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  return ["better-sqlite3", "pg"].filter((name) =>
    loaded.some((path) => path.includes(`/node_modules/${name}/`)),
  );
};

const EMPTY = {
  v: 4,
  id: "1ef4f797-8335-6428-8001-8a1503f9b875",
  ts: "2026-01-01T00:00:00.000Z",
  channel_values: {},
  channel_versions: {},
  versions_seen: {},
};
const META = { source: "loop" as const, step: 0, parents: {} };

const [task, url = "", subject = ""] = process.argv.slice(2);
const storage = openStorage(url);
await tasks[task as Task](storage, subject);
await storage.close();
