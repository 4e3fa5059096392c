import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ThreadError } from "../../src/errors.ts";
import type { AuditFact } from "../../src/outcomes/audit.ts";
import type { Budget, Usage } from "../../src/outcomes/spend.ts";
import { verifyAudit } from "../../src/security/verify-audit.ts";
import type { Ledger } from "../../src/storage/ledger.ts";
import type { Storage } from "../../src/storage/open.ts";
import { processes } from "./ledger-processes.ts";
import { CALL, newRun } from "./runs.ts";

const USED: Usage = { inputTokens: 90, outputTokens: 10, usd: 0.02, estimated: false };

/** What every ledger keeps; `open` gives an empty one, and `shared` says whether other processes can open it too. */
export function ledgerContract(name: string, shared: boolean, open: () => Storage): void {
  describe(name, () => {
    let storage: Storage;
    let ledger: Ledger;
    beforeEach(() => {
      storage = open();
      ledger = storage.ledger;
    });
    afterEach(() => storage.close());

    runs(() => ledger);
    calls(() => ledger);
    shrinking(() => ledger);
    settling(() => ledger);
    paths(() => ledger);
    effects(() => ledger);
    auditing(() => ledger);
    locks(() => ledger);
    describe.skipIf(!shared)("between processes", () => processes(() => storage));
  });
}

function runs(ledger: () => Ledger): void {
  it("gives a run back as it was begun", async () => {
    const run = newRun({ calls: 7, usd: 0.5 });
    await ledger().begin(run);
    expect(await ledger().latest(run.threadId)).toEqual(run);
  });

  it("knows no run of an unknown thread, and nothing spent by an unknown run", async () => {
    expect(await ledger().latest("nobody")).toBeUndefined();
    expect(await ledger().path("nobody")).toEqual([]);
    expect(await ledger().spent("nobody")).toMatchObject({ calls: 0, usd: 0, ms: 0, estimated: false });
  });

  it("finds the run of a thread that was begun last, whatever the clock says", async () => {
    const first = newRun();
    const second = { ...newRun({}, first.threadId), startedAt: "1999-01-01T00:00:00.000Z" };
    await ledger().begin(first);
    await ledger().begin(second);
    await ledger().begin(newRun());
    await ledger().update(first.runId, { status: "done" });
    expect((await ledger().latest(first.threadId))?.runId).toBe(second.runId);
  });

  it("refuses to begin the same run twice", async () => {
    const run = newRun();
    await ledger().begin(run);
    await expect(ledger().begin(run)).rejects.toMatchObject({ code: "STORAGE" });
  });

  it("changes what an update names and nothing else", async () => {
    const run = newRun({ calls: 7 });
    await ledger().begin(run);
    await ledger().update(run.runId, { status: "budget_exhausted", ms: 12.5 });
    await ledger().update(run.runId, { budget: { calls: 9 }, model: "another" });
    await ledger().update("nobody", { status: "failed" });
    const expected = { ...run, status: "budget_exhausted", ms: 12.5, budget: { calls: 9 }, model: "another" };
    expect(await ledger().latest(run.threadId)).toEqual(expected);
    expect((await ledger().spent(run.runId)).ms).toBe(12.5);
  });
}

function calls(ledger: () => Ledger): void {
  const begun = (budget: Budget) => begunOn(ledger(), budget);

  it("gives the last call to one of a hundred", async () => {
    const run = await begun({ calls: 3 });
    await granted(ledger(), run);
    await granted(ledger(), run);
    const answers = await Promise.all(Array.from({ length: 100 }, () => ledger().reserve(run, CALL)));
    expect(answers.filter((answer) => "granted" in answer)).toHaveLength(1);
    expect(answers.filter((answer) => "refused" in answer && answer.refused === "calls")).toHaveLength(99);
  });

  it("lets a call wait while open calls may turn out cheaper, and grants it when they do", async () => {
    const run = await begun({ tokens: 300 });
    const [first] = [await granted(ledger(), run), await granted(ledger(), run)];
    expect(await ledger().reserve(run, CALL)).toEqual({ wait: true });
    await ledger().settle(first, { ...USED, inputTokens: 0, outputTokens: 0 });
    await granted(ledger(), run);
  });

  it("refuses a call that settled ones leave no room for, and grants it under a higher cap", async () => {
    const run = await begun({ usd: 0.11 });
    await ledger().settle(await granted(ledger(), run), USED);
    expect(await ledger().reserve(run, CALL)).toEqual({ refused: "usd" });
    await ledger().update(run, { budget: { usd: 0.12 } });
    await granted(ledger(), run);
  });

  it("refuses a call of unknown price under a cap on money", async () => {
    expect(await ledger().reserve(await begun({ usd: 5 }), { ...CALL, usd: null })).toEqual({
      refused: "usd",
    });
  });

  it("rejects a call for a run that was not begun", async () => {
    await expect(ledger().reserve("nobody", CALL)).rejects.toMatchObject({ code: "STORAGE" });
  });

  it("sums settled calls as used and open ones as reserved", async () => {
    const run = await begun({});
    await ledger().settle(await granted(ledger(), run), USED);
    expect(await ledger().spent(run)).toEqual({ calls: 1, ...USED, ms: 0 });
    await granted(ledger(), run, { ...CALL, outputTokens: null });
    const spent = await ledger().spent(run);
    expect(spent).toMatchObject({ calls: 2, inputTokens: 190, outputTokens: 10, estimated: true });
    expect(spent.usd).toBeCloseTo(0.12, 12);
  });

  it("knows no cost as soon as one call's price is unknown", async () => {
    const run = await begun({});
    await ledger().settle(await granted(ledger(), run), { ...USED, usd: null });
    await ledger().settle(await granted(ledger(), run), USED);
    expect(await ledger().spent(run)).toMatchObject({ calls: 2, usd: null, estimated: false });
  });

  it("settles what was left open at its reservation and as estimated, of one run alone", async () => {
    const run = await begun({ calls: 3 });
    const other = await begun({});
    await ledger().settle(await granted(ledger(), run), USED);
    const left = await granted(ledger(), run);
    const others = await granted(ledger(), other);
    await ledger().settleOpen(run);
    await ledger().settle(left, USED);
    expect(await ledger().spent(run)).toMatchObject({ calls: 2, inputTokens: 190, estimated: true });
    await ledger().settle(others, USED);
    expect(await ledger().spent(other)).toEqual({ calls: 1, ...USED, ms: 0 });
  });
}

function shrinking(ledger: () => Ledger): void {
  const call = { ...CALL, least: { outputTokens: 10, usd: 0.06 } };

  it("grants a call in full and says its maximum output and price, also those that are not known", async () => {
    const run = await begunOn(ledger(), { tokens: 1_000 });
    const whole = { granted: expect.any(String), outputTokens: 50, usd: 0.1 };
    expect(await ledger().reserve(run, call)).toEqual(whole);
    const unknown = await ledger().reserve(run, { ...CALL, outputTokens: null, usd: null });
    expect(unknown).toEqual({ ...whole, outputTokens: null, usd: null });
  });

  it("shrinks a call to what is left, sets aside no more than that, and says by which cap", async () => {
    const run = await begunOn(ledger(), { tokens: 250, usd: 0.1 });
    await ledger().settle(await granted(ledger(), run), USED);
    expect(await ledger().reserve(run, call)).toEqual({
      granted: expect.any(String),
      outputTokens: 30,
      usd: 0.08,
      shrunkBy: "usd",
    });
    const spent = await ledger().spent(run);
    expect(spent).toMatchObject({ calls: 2, inputTokens: 190, outputTokens: 40 });
    expect(spent.usd).toBeCloseTo(0.1, 12);
  });

  it("lets a call that can be shrunk wait while others are open, and shrinks it when they are settled", async () => {
    const run = await begunOn(ledger(), { tokens: 280 });
    const first = await granted(ledger(), run);
    expect(await ledger().reserve(run, call)).toEqual({ wait: true });
    await ledger().settle(first, { ...USED, inputTokens: 100, outputTokens: 50 });
    expect(await ledger().reserve(run, call)).toMatchObject({ outputTokens: 30 });
  });

  it("refuses a call whose smallest form does not fit", async () => {
    const run = await begunOn(ledger(), { tokens: 109 });
    expect(await ledger().reserve(run, call)).toEqual({ refused: "tokens" });
  });
}

function settling(ledger: () => Ledger): void {
  it("gives what the run has spent after a call, its active time included and open calls left out", async () => {
    const run = await begunOn(ledger(), {});
    await ledger().update(run, { ms: 12.5 });
    const [first, second] = [await granted(ledger(), run), await granted(ledger(), run)];
    const one = await ledger().settle(first, USED);
    expect(one).toEqual({ ...USED, calls: 1, ms: 12.5 });
    expect(await ledger().spent(run)).toMatchObject({ calls: 2, inputTokens: 190, outputTokens: 60 });
    const both = await ledger().settle(second, { ...USED, usd: null });
    expect(both).toMatchObject({ calls: 2, inputTokens: 180, outputTokens: 20, usd: null, estimated: false });
  });

  it("changes nothing the second time, and gives the same; of an unknown call nothing is spent", async () => {
    const run = await begunOn(ledger(), {});
    const call = await granted(ledger(), run);
    const once = await ledger().settle(call, USED);
    expect(once).toEqual({ calls: 1, ...USED, ms: 0 });
    expect(await ledger().settle(call, { ...USED, inputTokens: 9_999 })).toEqual(once);
    expect(await ledger().spent(run)).toEqual(once);
    expect(await ledger().settle("nobody", USED)).toMatchObject({ calls: 0, usd: 0, ms: 0 });
  });

  it("gives the last of many that are settled at once the whole sum", async () => {
    const run = await begunOn(ledger(), {});
    const all = await Promise.all(Array.from({ length: 20 }, () => granted(ledger(), run)));
    const spends = await Promise.all(all.map((call) => ledger().settle(call, USED)));
    const inputs = spends.map(({ inputTokens }) => inputTokens);
    expect(Math.max(...inputs)).toBe(20 * USED.inputTokens);
  });
}

function paths(ledger: () => Ledger): void {
  it("records a run's active time with the end of a node", async () => {
    const run = newRun();
    await ledger().begin(run);
    await ledger().nodeEnded(run.runId, "task", "write", 34.5);
    expect(await ledger().latest(run.threadId)).toEqual({ ...run, ms: 34.5 });
    expect(await ledger().path(run.runId)).toEqual(["write"]);
  });

  it("keeps nodes in the order in which they ended; one that ran again counts where it ended last", async () => {
    const nodes = Array.from({ length: 20 }, (_, index) => `node${index}`);
    await Promise.all(nodes.map((node) => ledger().nodeEnded("run", `task-${node}`, node, 1)));
    await ledger().nodeEnded("other", "task-node0", "elsewhere", 1);
    await ledger().nodeEnded("run", "task-node3", "again", 1);
    expect(await ledger().path("run")).toEqual([...nodes.filter((node) => node !== "node3"), "again"]);
  });
}

function effects(ledger: () => Ledger): void {
  const claim = (owner = "first", scope = "run") => ledger().claim(scope, "publish", owner);

  it("gives an act to one of many who claim it at once", async () => {
    const owners = Array.from({ length: 50 }, (_, index) => `owner ${index}`);
    const claims = await Promise.all(owners.map((owner) => claim(owner)));
    expect(claims.filter(({ state }) => state === "claimed")).toHaveLength(1);
    const winner = owners[claims.findIndex(({ state }) => state === "claimed")];
    for (const known of claims) {
      if (known.state !== "claimed") expect(known).toMatchObject({ state: "unknown", owner: winner });
    }
  });

  it("says of a claimed act who claimed it and since when, to its owner too", async () => {
    const before = new Date().toISOString();
    expect(await claim()).toEqual({ state: "claimed" });
    const known = await claim();
    expect(known).toEqual({ state: "unknown", owner: "first", since: expect.any(String), reason: null });
    expect(known.state === "unknown" && known.since >= before).toBe(true);
    expect(await claim("second")).toEqual(known);
  });

  it.each([[null], [0], [""], [{ url: "https://example.org/\u0000", parts: [1, null, { deep: "ü" }] }]])(
    "gives the result %j of a done act back to whoever claims it",
    async (result) => {
      await claim();
      await ledger().fulfil("run", "publish", result);
      expect(await claim("second")).toEqual({ state: "done", result });
    },
  );

  it("keeps a done act: no later result, doubt or disclaimer changes it", async () => {
    await claim();
    await ledger().fulfil("run", "publish", 1);
    await ledger().fulfil("run", "publish", 2);
    await ledger().doubt("run", "publish", "lost");
    await ledger().disclaim("run", "publish");
    expect(await claim("second")).toEqual({ state: "done", result: 1 });
  });

  it("keeps why it is not known whether an act was done, until it is known", async () => {
    await claim();
    await ledger().doubt("run", "publish", "no answer \u0000 in time");
    const reason = "no answer \u0000 in time";
    expect(await claim("second")).toMatchObject({ state: "unknown", owner: "first", reason });
    await ledger().fulfil("run", "publish", "done after all");
    expect(await claim("second")).toEqual({ state: "done", result: "done after all" });
  });

  it("gives a disclaimed act to the next claimant, without the reason of the first", async () => {
    await claim();
    await ledger().doubt("run", "publish", "refused");
    await ledger().disclaim("run", "publish");
    expect(await claim("second")).toEqual({ state: "claimed" });
    expect(await claim("third")).toMatchObject({ state: "unknown", owner: "second", reason: null });
  });

  it("tells keys and scopes apart, and records nothing of an act that nobody claimed", async () => {
    await claim();
    await ledger().fulfil("other", "publish", 1);
    expect(await claim("first", "other")).toEqual({ state: "claimed" });
    expect(await ledger().claim("run", "send", "first")).toEqual({ state: "claimed" });
    await ledger().fulfil("run", "send", "sent");
    expect(await claim("second")).toMatchObject({ state: "unknown" });
  });
}

function auditing(ledger: () => Ledger): void {
  const fact: AuditFact = { type: "effect", key: "article \u0000 \ud800 ü", state: "done" };
  const origin = { threadId: "thread", runId: "run" };

  it("has no end of an audit log to which nothing was added", async () => {
    expect(await ledger().auditHead()).toBeUndefined();
    expect(await ledger().auditEntries(1, 10)).toEqual([]);
    expect(await verifyAudit(ledger())).toEqual({ ok: true, entries: 0, head: null, faults: [] });
  });

  it("numbers audit entries from 1, over all threads and runs, and gives them as they were recorded", async () => {
    await ledger().audit(origin, fact);
    await ledger().audit({ threadId: "bare", runId: null }, { ...fact, state: "unknown" });
    const entries = await ledger().auditEntries(1, 10);
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2]);
    const bodies = entries.map(({ body }) => JSON.parse(body));
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(bodies).toEqual([
      { seq: 1, at, ...origin, ...fact },
      { seq: 2, at, threadId: "bare", runId: null, ...fact, state: "unknown" },
    ]);
    expect(Object.keys(bodies[0])).toEqual(["seq", "at", "threadId", "runId", "type", "key", "state"]);
    expect(await ledger().auditHead()).toEqual({ seq: 2, hash: entries[1]?.hash });
  });

  it("gives audit entries in pages", async () => {
    for (let count = 0; count < 5; count++) await ledger().audit(origin, fact);
    const page = async (from: number, limit: number) =>
      (await ledger().auditEntries(from, limit)).map(({ seq }) => seq);
    expect(await page(2, 2)).toEqual([2, 3]);
    expect(await page(4, 10)).toEqual([4, 5]);
    expect(await page(6, 10)).toEqual([]);
    expect(await page(Number.MIN_SAFE_INTEGER, 2)).toEqual([1, 2]);
  });

  it("chains the audit entries of many that add at once, without a gap", async () => {
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        ledger().audit({ threadId: `${index % 7}`, runId: null }, fact),
      ),
    );
    expect(await verifyAudit(ledger())).toMatchObject({
      ok: true,
      entries: 60,
      head: { seq: 60 },
      faults: [],
    });
  });
}

function locks(ledger: () => Ledger): void {
  it("refuses a thread that is taken, at once and by name, and gives it after its release", async () => {
    const lock = await ledger().lock("thread");
    const refused = ledger().lock("thread");
    await expect(refused).rejects.toBeInstanceOf(ThreadError);
    await expect(refused).rejects.toMatchObject({ threadId: "thread", problem: "busy" });
    await expect(refused).rejects.toThrow(/another --thread/);
    await (await ledger().lock("other thread")).release();
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
    await lock.release();
    expect(lock.lost.aborted).toBe(false);
    await (await ledger().lock("thread")).release();
  });

  it("gives a thread to one of many that ask at the same time", async () => {
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => ledger().lock("thread")));
    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
}

async function begunOn(ledger: Ledger, budget: Budget): Promise<string> {
  const run = newRun(budget);
  await ledger.begin(run);
  return run.runId;
}

async function granted(ledger: Ledger, runId: string, reservation = CALL): Promise<string> {
  const answer = await ledger.reserve(runId, reservation);
  if (!("granted" in answer)) throw new Error(`not granted: ${JSON.stringify(answer)}`);
  return answer.granted;
}
