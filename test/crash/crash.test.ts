import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { verifyAudit } from "../../src/security/verify-audit.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { createDatabase, POSTGRES } from "../storage/databases.ts";
import { writeDocuments } from "../workflows/place.ts";
import type { Row } from "../workflows/row.ts";
import { everyPoint, type Kill, onePoint, pointsSpread } from "./kills.ts";
import { killedRun, wholeRun } from "./remains.ts";
import { everyRow } from "./rows.ts";

/** Kills at so many points of each run: `npm run test:crash` at all of them, CI at some, `npm test` at one. */
const asked = process.env["CRASH_POINTS"];
const pointsOf = (place: number) => {
  if (asked === "all") return everyPoint;
  return asked ? pointsSpread(Number(asked)) : onePoint(place);
};

const folder = mkdtempSync(join(tmpdir(), "graphwright-crash-"));
const folders = { documents: join(folder, "docs"), outboxes: join(folder, "sent") };
for (const each of Object.values(folders)) mkdirSync(each);
writeDocuments(folders.documents);
const database = POSTGRES ? await createDatabase() : undefined;
afterAll(async () => {
  await database?.drop();
  rmSync(folder, { recursive: true });
});

/** What every run says that came to its end. */
const TELLTALE = "The sources agree";

let files = 0;
/** A file for each run, and one database for all. */
const STORAGES = [
  { kind: "SQLite", open: () => openStorage(`file:${join(folder, `${files++}.db`)}`) },
  { kind: "Postgres", open: database && (() => openStorage(database.url)) },
];

/** Runs work on a storage of its own. */
async function on<Result>(open: () => Storage, work: (storage: Storage) => Promise<Result>): Promise<Result> {
  const storage = open();
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

const ROWS = await everyRow();

const whole = async (row: Row, open: (() => Storage) | undefined) =>
  open && { open, ...(await on(open, (storage) => wholeRun(row, storage, folders))) };

const subjects = await Promise.all(
  STORAGES.flatMap(({ kind, open }) =>
    ROWS.map(async (row, place) => {
      return { name: row.name, kind, row, points: pointsOf(place), run: await whole(row, open) };
    }),
  ),
);

function expectBetween(count: number, least: number, most: number) {
  expect(count).toBeGreaterThanOrEqual(least);
  expect(count).toBeLessThanOrEqual(most);
}

describe.each(subjects)(
  "$name on $kind, killed and resumed by another process",
  ({ kind, row, points, run }) => {
    if (!run) return it.skip(`needs a server: DATABASE_URL names no ${kind}`);
    const { open, remains: expected, counts } = run;

    it("comes to its end without a kill, and pays each call once", () => {
      expect(expected).toMatchObject({ status: "done", requests: counts.answer, calls: counts.answer });
      expect(expected).toMatchObject({ sent: counts.act, faults: [] });
      expect(expected.sent + Object.keys(expected.files).length).toBe(counts.record);
      expect(JSON.stringify(expected.values)).toContain(TELLTALE);
    });

    it.concurrent.each(points(counts))(
      "ends as if nothing had happened: $when $at $n",
      async (kill: Kill) => {
        const { remains, paid } = await on(open, (storage) => killedRun(row, storage, folders, kill));
        const { requests, calls } = remains;
        expect(remains).toEqual({ ...expected, requests, calls });
        const again = { requests: paid.asked - paid.kept, calls: paid.granted - paid.kept };
        expectBetween(again.calls, again.requests, row.atOnce ?? 1);
        // Fewer are paid again where a branch's outcome was stored, and the last reply within it not yet.
        expectBetween(requests, counts.answer, counts.answer + again.requests);
        expectBetween(calls, requests, counts.answer + again.calls);
      },
    );
  },
);

it.skipIf(!database)("leaves one unbroken audit log of all runs of a database", async () => {
  const storage = openStorage(database?.url ?? "");
  const { ok, entries, faults } = await verifyAudit(storage.ledger);
  await storage.close();
  expect({ ok, faults }).toEqual({ ok: true, faults: [] });
  expect(entries).toBeGreaterThan(0);
});
