import { spawn } from "node:child_process";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, it } from "vitest";
import { openStorage } from "../../src/storage/open.ts";
import { program } from "../programs/program.ts";
import { callHere, type Ended, Workplace } from "./command.ts";

const place = new Workplace();
const database = join(place.folder, "runs.db");

// The settings of this process, read at the first use.
process.env["DATABASE_URL"] = `file:${database}`;

const callAudit = (...args: string[]) => callHere(["audit", ...args]);

describe("the commands of the audit log, where nothing was recorded", () => {
  it("say so, and create no database", async () => {
    expect(await callAudit("verify")).toMatchObject({ code: 0, out: "The audit log is intact: 0 entries\n" });
    expect(await callAudit("list")).toMatchObject({ code: 0, out: "" });
    expect(await callAudit("head")).toEqual({ code: 0, out: "", err: "Nothing was recorded yet.\n" });
    expect(place.files).toEqual([]);
  });

  it.each([
    [["--help"], /verify[\s\S]*list[\s\S]*head[\s\S]*Exit codes/],
    [[], /verify[\s\S]*list[\s\S]*head/],
    [["verify", "--help"], /--head/],
    [["list", "--help"], /--thread[\s\S]*--last/],
  ])("explain themselves: %j", async (args, says) => {
    expect(await callAudit(...args)).toMatchObject({ code: 0, err: "", out: expect.stringMatching(says) });
  });

  it.each([
    [["check"], /check/],
    [["verify", "--head", "12"], /--head has to be SEQ:HASH .* not "12"/],
    [["verify", "more"], /more than one|too many/i],
    [["list", "--last", "0"], /--last has to be a whole number above 0/],
    [["list", "--thread", " "], /--thread is empty/],
    [["head", "--json"], /--json/],
  ])("refuse with code 2: %j", async (args, says) => {
    const { code, out, err } = await callAudit(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(says);
    expect(err).toMatch(/^[^\n]+\n$/);
  });
});

describe("the commands of the audit log", () => {
  beforeAll(async () => {
    const { ledger, close } = openStorage(`file:${database}`);
    for (const [index, threadId] of ["a", "b", "a\u001b[2J", "a", "b"].entries()) {
      const key = `article ${index + 1}\u202e`;
      await ledger.audit({ threadId, runId: null }, { type: "effect", key, state: "done" });
    }
    await close();
  });

  const linesOf = ({ out }: Ended) => out.trimEnd().split("\n");

  it("list the entries, oldest first, without what moves a cursor", async () => {
    const listed = await callAudit("list");
    expect(listed).toMatchObject({ code: 0, err: "" });
    expect(linesOf(listed)).toHaveLength(5);
    expect(linesOf(listed)[2]).toMatch(/^3 {2}\S+Z {2}a {2}effect {2}\{"key":"article 3","state":"done"\}$/);
  });

  it("list the last ones, and those of a thread, as JSON too", async () => {
    const numbers = async (...args: string[]) =>
      linesOf(await callAudit("list", "--json", ...args)).map((line) => JSON.parse(line).seq);
    expect(await numbers("--last", "2")).toEqual([4, 5]);
    expect(await numbers("--last", "99")).toEqual([1, 2, 3, 4, 5]);
    expect(await numbers("--thread", "a")).toEqual([1, 4]);
    expect(await numbers("--thread", "b", "--last", "1")).toEqual([5]);
    const json = await callAudit("list", "--json", "--last", "3");
    expect(json.out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(JSON.parse(linesOf(json)[0] ?? "")).toMatchObject({
      seq: 3,
      threadId: "a\u001b[2J",
      key: "article 3\u202e",
      hash: expect.stringMatching(/^[\da-f]{64}$/),
    });
  });

  it("print an end that fits the check, and one of another log does not", async () => {
    const end = (await callAudit("head")).out.trim();
    expect(end).toMatch(/^5:[\da-f]{64}$/);
    const fits = await callAudit("verify", "--head", end);
    expect(fits).toMatchObject({ code: 0, out: `The audit log is intact: 5 entries, up to ${end}\n` });
    expect(fits.err).toMatch(/GRAPHWRIGHT_AUDIT_KEY is not set/);
    const other = await callAudit("verify", "--head", `4:${"0".repeat(64)}`);
    expect(other).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^rewritten: Entry 4 .*\n1 fault: 5 entries/),
    });
  });

  it("run as a script of their own, and end with code 1 where an entry was changed", async () => {
    const db = new Database(database);
    db.exec("DROP TRIGGER graphwright_audit_keeps_UPDATE");
    db.exec("UPDATE graphwright_audit SET body = replace(body, 'done', 'not_done') WHERE seq = 2");
    db.close();
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [program("audit"), "verify", "--json"], {
      cwd: place.folder,
      env: { PATH, HOME, DATABASE_URL: "file:runs.db" },
    });
    let out = "";
    child.stdout.on("data", (part) => {
      out += part;
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      entries: 5,
      head: { seq: 5 },
      faults: [{ seq: 2, to: 2, kind: "changed", message: expect.stringMatching(/Entry 2/) }],
    });
  });
});
