import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyAudit } from "../../src/security/verify-audit.ts";
import { chainHash } from "../../src/storage/audit-chain.ts";
import { openStorage } from "../../src/storage/open.ts";
import { forged, KEY, logOf, type Tampered } from "./logs.ts";

/** What is said of each fault, in short: its kind and the numbers. */
async function found(log: Tampered, options: Parameters<typeof verifyAudit>[1] = {}): Promise<string[]> {
  const { ok, faults } = await verifyAudit(log, options);
  expect(ok).toBe(faults.length === 0);
  for (const { message } of faults) expect(message).toMatch(/^[A-Z][^\n]*[^.]\.$/);
  return faults.map(({ kind, seq, to }) => `${kind} ${seq === to ? seq : `${seq}-${to}`}`);
}

const KEYS: [string, string | undefined][] = [
  ["with a key", KEY],
  ["without a key", undefined],
];

describe.each(KEYS)("an audit log %s", (_, key) => {
  const log = () => logOf(20, key);
  const tampered = async (tamper: (log: Tampered) => void) => {
    const changed = await log();
    tamper(changed);
    return found(changed, { key });
  };

  it("is intact as it was recorded, also beyond one page", async () => {
    expect(await verifyAudit(await log(), { key })).toMatchObject({
      ok: true,
      entries: 20,
      head: { seq: 20 },
    });
    expect(await found(await logOf(2_003, key), { key })).toEqual([]);
  });

  it.each([1, 10, 20])("tells that the body of entry %i was changed, and nothing else", async (seq) => {
    const change = (log: Tampered) => {
      log.at(seq).body = forged(log.at(seq).body);
    };
    expect(await tampered(change)).toEqual([`changed ${seq}`]);
  });

  it.each([1, 10, 20])("tells that the hash of entry %i was changed, and nothing else", async (seq) => {
    const change = (log: Tampered) => {
      log.at(seq).hash = "0".repeat(64);
    };
    expect(await tampered(change)).toEqual([`changed ${seq}`]);
  });

  it.each(["{}", "no JSON", '{"seq":77}', '{"seq":3}'])("tells of a body that became %s", async (body) => {
    const change = (log: Tampered) => {
      log.at(10).body = body;
    };
    expect(await tampered(change)).toEqual(["changed 10"]);
  });

  it("tells changed entries that follow each other as one fault", async () => {
    const change = (log: Tampered) => {
      for (const seq of [4, 5, 6, 9]) log.at(seq).body = forged(log.at(seq).body);
    };
    expect(await tampered(change)).toEqual(["changed 4-6", "changed 9"]);
  });

  it.each<[string, number[], string]>([
    ["the first entry", [1], "missing 1"],
    ["the beginning", [1, 2, 3], "missing 1-3"],
    ["one inside", [10], "missing 10"],
    ["several inside", [10, 11], "missing 10-11"],
    ["the last one", [20], "cut 20"],
    ["the end", [18, 19, 20], "cut 18-20"],
  ])("tells that %s was removed", async (_, seqs, said) => {
    expect(await tampered((log) => log.remove(...seqs))).toEqual([said]);
  });

  it("tells that everything was removed", async () => {
    const all = Array.from({ length: 20 }, (_, at) => at + 1);
    expect(await tampered((log) => log.remove(...all))).toEqual(["cut 1-20"]);
  });

  it("tells that an entry was removed whose number the next ones took", async () => {
    const remove = (log: Tampered) => {
      log.remove(10);
      log.shift(11, -1);
    };
    expect(await tampered(remove)).toEqual(["missing 10", "moved 11-20"]);
  });

  it.each([
    [5, 9],
    [5, 6],
    [1, 2],
    [1, 20],
    [19, 20],
  ])("tells that the entries %i and %i were exchanged, and nothing else", async (one, other) => {
    expect(await tampered((log) => log.swap(one, other))).toEqual([`moved ${one}`, `moved ${other}`]);
  });

  it("tells of the changed body of an entry that was also moved", async () => {
    const change = (log: Tampered) => {
      log.swap(5, 9);
      log.at(9).body = forged(log.at(9).body);
    };
    expect(await tampered(change)).toEqual(["changed 5", "moved 5", "moved 9"]);
  });

  it("tells that a copy of an entry was inserted", async () => {
    const insert = (log: Tampered) => {
      const copy = { ...log.at(3), seq: 11 };
      log.shift(11, 1);
      log.entries.push(copy);
    };
    expect(await tampered(insert)).toEqual(["inserted 11", "moved 11-20"]);
  });

  it("tells that a forged entry was inserted", async () => {
    const insert = (log: Tampered) => {
      const body = forged(log.at(11).body);
      const entry = { seq: 11, body, hash: chainHash(log.at(10).hash, body, undefined) };
      log.shift(11, 1);
      log.entries.push(entry);
    };
    expect(await tampered(insert)).toEqual(["inserted 11", "moved 11-20"]);
  });

  it("tells of the changed entry that an inserted one has pushed on", async () => {
    const insert = (log: Tampered) => {
      log.at(11).body = forged(log.at(11).body);
      const copy = { ...log.at(3), seq: 11 };
      log.shift(11, 1);
      log.entries.push(copy);
    };
    expect(await tampered(insert)).toEqual(["changed 11", "inserted 11", "moved 11-20"]);
  });

  it.each([0, -7])("tells that an entry was inserted before the beginning, as %i", async (seq) => {
    const insert = (log: Tampered) => {
      log.entries.push({ seq, body: JSON.stringify({ seq }), hash: "0".repeat(64) });
    };
    expect(await tampered(insert)).toEqual([`inserted ${seq}`]);
  });

  it("tells of entries behind the recorded end", async () => {
    const longer = await logOf(22, key);
    const { hash } = longer.at(20);
    longer.head = { seq: 20, hash };
    expect(await found(longer, { key })).toEqual(["inserted 21-22"]);
  });

  it("tells that the recorded end was removed or is another one", async () => {
    const without = (log: Tampered) => {
      log.head = undefined;
    };
    const another = (log: Tampered) => {
      log.head = { seq: 20, hash: "0".repeat(64) };
    };
    expect(await tampered(without)).toEqual(["head 20"]);
    expect(await tampered(another)).toEqual(["head 20"]);
  });

  it("tells that the end was cut together with its record only against an end that was noted before", async () => {
    const cut = await log();
    const expected = cut.head;
    cut.remove(19, 20);
    cut.head = { seq: 18, hash: cut.at(18).hash };
    expect(await found(cut, { key })).toEqual([]);
    expect(await found(cut, { key, expected })).toEqual(["cut 20"]);
  });

  it("fits an end that was noted before, though it has gone on", async () => {
    const whole = await log();
    const { hash } = whole.at(12);
    expect(await found(whole, { key, expected: { seq: 12, hash } })).toEqual([]);
  });

  it("is intact though others add to it while it is checked", async () => {
    const { ledger } = openStorage("memory:", { auditKey: key });
    const add = () =>
      ledger.audit({ threadId: "t", runId: null }, { type: "effect", key: "a", state: "done" });
    await add();
    const growing = {
      audit: ledger.audit.bind(ledger),
      auditHead: () => ledger.auditHead(),
      auditEntries: async (from: number, limit: number) => {
        const page = await ledger.auditEntries(from, limit);
        if (from < 5) await add();
        return page;
      },
    };
    expect(await verifyAudit(growing, { key })).toMatchObject({ ok: true, entries: 5, faults: [] });
  });
});

describe("a chain that was computed anew from a changed entry on", () => {
  const rewritten = async (key: string | undefined, other: string | undefined) => {
    const log = await logOf(20, key);
    const expected = log.head;
    log.at(10).body = forged(log.at(10).body);
    log.rewrite(10, other);
    return { log, expected };
  };

  it("is not seen without a key, unless its end was noted before", async () => {
    const { log, expected } = await rewritten(undefined, undefined);
    expect(await found(log)).toEqual([]);
    expect(await found(log, { expected })).toEqual(["rewritten 20"]);
  });

  it("is seen with a key, where its writer does not know it", async () => {
    const bare = await rewritten(KEY, undefined);
    expect(await found(bare.log, { key: KEY })).toEqual(["unkeyed 10-20"]);
    const guessed = await rewritten(KEY, "another-key-than-this");
    expect(await found(guessed.log, { key: KEY })).toEqual(["changed 10-20"]);
  });

  it("is seen only by the end that was noted before, where its writer knows the key too", async () => {
    const { log, expected } = await rewritten(KEY, KEY);
    expect(await found(log, { key: KEY })).toEqual([]);
    expect(await found(log, { key: KEY, expected })).toEqual(["rewritten 20"]);
  });
});

it("a log that is checked with another key than it was recorded with says so once", async () => {
  const { faults } = await verifyAudit(await logOf(20, KEY), { key: "another-key-than-this" });
  expect(faults).toMatchObject([
    { kind: "changed", seq: 1, to: 20, message: expect.stringContaining("another key") },
  ]);
  expect(await found(await logOf(20), { key: KEY })).toEqual(["unkeyed 1-20"]);
});

it("no removal, exchange or change goes unseen, and each fault names an entry that was touched", async () => {
  const seq = fc.integer({ min: 1, max: 12 });
  const act = fc.constantFrom("remove" as const, "swap" as const, "change" as const);
  const acts = fc.array(fc.record({ act, seq, other: seq }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(acts, async (tampering) => {
      const log = await logOf(12, KEY);
      const before = JSON.stringify(log.sorted);
      const touched = new Set<number>();
      for (const { act, seq, other } of tampering) {
        if (!log.has(seq) || !log.has(other)) continue;
        touched.add(seq);
        if (act === "remove") log.remove(seq);
        if (act === "change") log.at(seq).body += " ";
        if (act !== "swap") continue;
        log.swap(seq, other);
        touched.add(other);
      }
      const { faults } = await verifyAudit(log, { key: KEY });
      expect(faults.length > 0).toBe(before !== JSON.stringify(log.sorted));
      for (const { seq, to } of faults) {
        const range = Array.from({ length: to - seq + 1 }, (_, at) => seq + at);
        expect(range.some((each) => touched.has(each))).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});
