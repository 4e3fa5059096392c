import { existsSync, promises as fs, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { NotDone } from "../../src/errors.ts";
import { type Placing, placeFile } from "../../src/tools/placed-file.ts";
import { folderWith } from "./folders.ts";

const CONTENT = "# Raft\n";

const placing = (root: string, changes: Partial<Placing> = {}): Placing => ({
  root,
  parts: ["notes", "raft.md"],
  content: Buffer.from(CONTENT),
  overwrite: false,
  signal: new AbortController().signal,
  ...changes,
});

const failing = (code: string) => Object.assign(new Error(`${code}: no`), { code });
const textIn = (root: string) => readFileSync(path.join(root, "notes/raft.md"), "utf8");
const namesIn = (root: string) => readdirSync(path.join(root, "notes"));

afterEach(() => void vi.restoreAllMocks());

describe("several at the same time", () => {
  test("who write the same text all find it there, and one of them has created it", async () => {
    for (let round = 0; round < 50; round += 1) {
      const root = folderWith({});
      const said = await Promise.all([1, 2, 3].map(() => placeFile(placing(root))));
      expect(said.sort()).toEqual(["created", "unchanged", "unchanged"]);
      expect(textIn(root)).toBe(CONTENT);
      expect(namesIn(root)).toEqual(["raft.md"]);
    }
  });

  test("who replace a file by the same text all find it there", async () => {
    for (let round = 0; round < 50; round += 1) {
      const root = folderWith({ "notes/raft.md": "Before." });
      const said = await Promise.all([1, 2, 3].map(() => placeFile(placing(root, { overwrite: true }))));
      expect(said).toContain("replaced");
      expect(said.every((each) => each === "replaced" || each === "unchanged")).toBe(true);
      expect(textIn(root)).toBe(CONTENT);
      expect(namesIn(root)).toEqual(["raft.md"]);
    }
  });

  test("who write several texts leave one of them, and the others are told so", async () => {
    const root = folderWith({});
    const texts = ["one", "two", "three"];
    const said = await Promise.allSettled(
      texts.map((text) => placeFile(placing(root, { content: Buffer.from(text) }))),
    );
    const won = said.findIndex(({ status }) => status === "fulfilled");
    expect(textIn(root)).toBe(texts[won]);
    const refused = said.flatMap((each) => (each.status === "rejected" ? [String(each.reason)] : []));
    expect(refused).toHaveLength(2);
    for (const message of refused) expect(message).toContain("notes/raft.md is there already");
  });
});

describe("a disk", () => {
  test.each(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"])(
    "without hard links (%s) takes the file",
    async (code) => {
      vi.spyOn(fs, "link").mockRejectedValue(failing(code));
      const root = folderWith({});
      expect(await placeFile(placing(root))).toBe("created");
      expect(textIn(root)).toBe(CONTENT);
    },
  );

  test("without hard links loses nothing that came meanwhile", async () => {
    const root = folderWith({});
    vi.spyOn(fs, "link").mockImplementation(async (_, target) => {
      writeFileSync(target, "Meanwhile.");
      throw failing("EPERM");
    });
    await expect(placeFile(placing(root))).rejects.toThrow("is there already, with another text");
    expect(textIn(root)).toBe("Meanwhile.");
  });

  test("with a fault is told, and the file is not there", async () => {
    vi.spyOn(fs, "link").mockRejectedValue(failing("EIO"));
    const root = folderWith({});
    await expect(placeFile(placing(root))).rejects.toThrow(
      new NotDone("notes/raft.md could not be written (EIO)."),
    );
    expect(namesIn(root)).toEqual([]);
  });

  test("that keeps the temporary file has the file all the same", async () => {
    vi.spyOn(fs, "rm").mockRejectedValue(failing("EBUSY"));
    const root = folderWith({});
    expect(await placeFile(placing(root))).toBe("created");
    expect(textIn(root)).toBe(CONTENT);
  });
});

test("what killed processes left goes after an hour, and nothing else", async () => {
  const [stale, recent, other] = [".graphwright-00.tmp", ".graphwright-01.tmp", ".other.tmp"];
  const root = folderWith({ [`notes/${stale}`]: "", [`notes/${recent}`]: "", [`notes/${other}`]: "" });
  const old = new Date(Date.now() - 2 * 60 * 60 * 1_000);
  for (const name of [stale, other]) utimesSync(path.join(root, "notes", name), old, old);
  await placeFile(placing(root));
  expect(namesIn(root).sort()).toEqual([recent, other, "raft.md"].sort());
});

test("a stop before the file has its name leaves nothing", async () => {
  const root = folderWith({});
  const stopped = placeFile(placing(root, { signal: AbortSignal.abort(new Error("stopped")) }));
  await expect(stopped).rejects.toBeInstanceOf(NotDone);
  expect(existsSync(path.join(root, "notes/raft.md"))).toBe(false);
  expect(namesIn(root)).toEqual([]);
});
