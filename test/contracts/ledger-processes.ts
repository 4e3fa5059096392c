import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { verifyAudit } from "../../src/security/verify-audit.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { startChild, startTogether } from "./child.ts";
import { CALL, newRun } from "./runs.ts";

const ORIGIN = { threadId: "here", runId: null };
const FACT = { type: "effect", key: "article", state: "done" } as const;

/** The part of a ledger's contract that several processes, or several storages of one process, keep together. */
export function processes(storage: () => Storage): void {
  it("never grants two processes together more than the cap", async () => {
    const run = newRun({ calls: 50, tokens: 150 * 40 });
    await storage().ledger.begin(run);
    const said = await startTogether("reserve", storage().url, [run.runId, run.runId], "granted ");
    const counts = said.map((line) => Number(line.split(" ")[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect((await storage().ledger.spent(run.runId)).calls).toBe(40);
  });

  it("never lets two processes together spend more tokens than the cap, and lets them spend nearly all", async () => {
    const run = newRun({ tokens: 2_000 });
    await storage().ledger.begin(run);
    const said = await startTogether("spend", storage().url, [run.runId, run.runId], "spent ");
    for (const line of said) expect(Number(line.split(" ")[1])).toBeLessThanOrEqual(2_000);
    const { inputTokens, outputTokens, estimated } = await storage().ledger.spent(run.runId);
    expect(estimated).toBe(false);
    expect(inputTokens + outputTokens).toBeLessThanOrEqual(2_000);
    // Less than the smallest form of a call is left.
    expect(inputTokens + outputTokens).toBeGreaterThan(2_000 - 15);
  });

  it("gives an act to one of two processes that claim it at the same time", async () => {
    const said = await startTogether("claim", storage().url, ["run", "run"], "claimed ");
    const counts = said.map((line) => Number(line.split(" ")[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
  });

  it("chains the audit entries of three processes and of this one in one log, without a gap", async () => {
    const own = Promise.all(Array.from({ length: 40 }, () => storage().ledger.audit(ORIGIN, FACT)));
    await startTogether("audit", storage().url, ["a", "b", "c"], "audited");
    await own;
    const report = await verifyAudit(storage().ledger);
    expect(report).toMatchObject({ ok: true, entries: 160, head: { seq: 160 }, faults: [] });
    const entries = await storage().ledger.auditEntries(1, 1_000);
    const threads = new Set(entries.map(({ body }) => JSON.parse(body).threadId));
    expect([...threads].sort()).toEqual(["a", "b", "c", "here"]);
  });

  it("refuses a thread that another process holds, and gives it as soon as that process is killed", async () => {
    const child = startChild("lock", storage().url, "thread");
    await child.said("locked");
    await expect(storage().ledger.lock("thread")).rejects.toMatchObject({ problem: "busy" });
    child.kill();
    await child.ended;
    // The kernel ends a file's lock with the process; a server takes a moment to see the closed socket.
    const lock = await vi.waitFor(() => storage().ledger.lock("thread"), { timeout: 10_000 });
    await lock.release();
  });

  it("never gives a thread to two of three processes that take it in turns", async () => {
    const folder = mkdtempSync(join(tmpdir(), "graphwright-"));
    await startTogether("cycle", storage().url, Array(3).fill(join(folder, "marker")), "cycled");
    rmSync(folder, { recursive: true });
  });

  it("is created by three processes at once", async () => {
    const said = await startTogether("open", storage().url, ["a", "b", "c"], "opened");
    expect(said).toEqual(Array(3).fill("opened true"));
  });

  it("never grants several storages of one process together more than the cap", async () => {
    const run = newRun({ calls: 7 });
    await storage().ledger.begin(run);
    const storages = Array.from({ length: 5 }, () => openStorage(storage().url));
    await Promise.all(storages.map(({ ledger }) => ledger.spent(run.runId)));
    const answers = await Promise.all(
      storages.flatMap(({ ledger }) => Array.from({ length: 10 }, () => ledger.reserve(run.runId, CALL))),
    );
    expect(answers.filter((answer) => "granted" in answer)).toHaveLength(7);
    await Promise.all(storages.map(({ close }) => close()));
  });

  it("refuses a thread that another storage of this process holds", async () => {
    const second = openStorage(storage().url);
    const lock = await storage().ledger.lock("thread");
    await expect(second.ledger.lock("thread")).rejects.toMatchObject({ problem: "busy" });
    await lock.release();
    await (await second.ledger.lock("thread")).release();
    await second.close();
  });

  it("lets its threads go when it is closed", async () => {
    const second = openStorage(storage().url);
    await second.ledger.lock("thread");
    await second.close();
    await vi.waitFor(async () => (await storage().ledger.lock("thread")).release(), { timeout: 10_000 });
  });
}
