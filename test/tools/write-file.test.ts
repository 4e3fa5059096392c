import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { StorageError } from "../../src/errors.ts";
import { openStorage, type Storage } from "../../src/storage/open.ts";
import { traitsOf } from "../../src/tools/bounded.ts";
import { type FileWriterOptions, fileWriter } from "../../src/tools/write-file.ts";
import { program } from "../programs/program.ts";
import { temporaryFolder } from "../storage/databases.ts";
import { folderWith } from "./folders.ts";
import { NOTE, writing } from "./writing.ts";

let storage: Storage;
beforeEach(() => {
  storage = openStorage(`file:${path.join(temporaryFolder(), "runs.db")}`);
  return () => storage.close();
});

/** What the calls of a run were answered. */
async function answers(options: FileWriterOptions, ...calls: Record<string, unknown>[]) {
  const { output, error } = await writing(storage, options, calls);
  if (!output) throw new Error(error?.message ?? "The run gave nothing.");
  return output["said"] as { content: string; ok: boolean; artifact: unknown }[];
}

async function answer(options: FileWriterOptions, call: Record<string, unknown>) {
  const [given] = await answers(options, call);
  if (!given) throw new Error("The call was not answered.");
  return given;
}

const textOf = (folder: string, file = NOTE.path) => readFileSync(path.join(folder, file), "utf8");

describe("writing a file", () => {
  test("creates it with its folders, at the first write also the output folder, and says how large it is", async () => {
    const folder = path.join(folderWith({}), "out/put");
    expect(await answer({ folder }, NOTE)).toEqual({
      content: "Created notes/raft.md (26 bytes).",
      artifact: { path: "notes/raft.md", bytes: 26, state: "created" },
      ok: true,
    });
    expect(textOf(folder)).toBe(NOTE.content);
    expect(readdirSync(path.join(folder, "notes"))).toEqual(["raft.md"]);
  });

  test("goes to the folder that the settings name where it is given none", async () => {
    const folder = folderWith({});
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    await answer({}, NOTE);
    vi.restoreAllMocks();
    expect(textOf(path.join(folder, "output"))).toBe(NOTE.content);
  });

  test("replaces a file only where that is asked for", async () => {
    const folder = folderWith({ [NOTE.path]: "Before." });
    const kept = await answer({ folder }, NOTE);
    expect(kept).toMatchObject({
      ok: false,
      content: expect.stringMatching(/notes\/raft\.md is there already.*overwrite: true/),
    });
    expect(textOf(folder)).toBe("Before.");
    const replaced = await answer({ folder }, { ...NOTE, overwrite: true });
    expect(replaced).toMatchObject({ ok: true, content: "Replaced notes/raft.md (26 bytes)." });
    expect(textOf(folder)).toBe(NOTE.content);
  });

  test("leaves a file alone that holds the text already", async () => {
    const folder = folderWith({ [NOTE.path]: NOTE.content });
    const { content, ok } = await answer({ folder }, NOTE);
    expect(content).toMatch(/held exactly this text already \(26 bytes\); nothing was written/);
    expect(ok).toBe(true);
  });

  test("is done again by the same call after it was refused and the way was cleared", async () => {
    const folder = folderWith({ [NOTE.path]: "Before." });
    const calls = [NOTE, { ...NOTE, overwrite: true }, { ...NOTE, content: "Later.", overwrite: true }];
    expect((await answers({ folder }, ...calls)).map(({ ok }) => ok)).toEqual([false, true, true]);
    expect(textOf(folder)).toBe("Later.");
  });

  test("does not say that a text is there which was written in this run and replaced since", async () => {
    const folder = folderWith({});
    const other = { ...NOTE, content: "Later.", overwrite: true };
    const said = await answers({ folder }, NOTE, other, { ...NOTE, overwrite: true });
    expect(said.at(-1)).toMatchObject({
      ok: false,
      content: expect.stringMatching(/before in this run.*changed since/),
    });
    expect(textOf(folder)).toBe("Later.");
  });

  test("sanitises HTML, and says so; what needs nothing is written as it is", async () => {
    const folder = folderWith({});
    const page = { path: "page.html", content: '<p onclick="x()">Hi<script>alert(1)</script></p>' };
    expect((await answer({ folder }, page)).content).toBe(
      "Created page.html (9 bytes). Its HTML was sanitised: only text markup is left.",
    );
    expect(textOf(folder, "page.html")).toBe("<p>Hi</p>");
    expect((await answer({ folder }, { path: "b.html", content: "<p>Hi</p>" })).content).toBe(
      "Created b.html (9 bytes).",
    );
    await answer({ folder }, { path: "raw.md", content: page.content });
    expect(textOf(folder, "raw.md")).toBe(page.content);
  });

  test("counts the limit in bytes, and takes other endings where they are allowed", async () => {
    const folder = folderWith({});
    const large = await answer({ folder, maxBytes: 10 }, { path: "a.txt", content: "é".repeat(6) });
    expect(large).toMatchObject({
      ok: false,
      content: expect.stringMatching(/12 bytes, and at most 10.*several files/),
    });
    expect((await answer({ folder, endings: [".log"] }, { path: "a.log", content: "" })).content).toBe(
      "Created a.log (0 bytes).",
    );
    expect(readdirSync(folder)).toEqual(["a.log"]);
  });

  test("acts, so that it is called within a graph", async () => {
    const tool = fileWriter({ folder: folderWith({}) });
    expect(traitsOf(tool)).toEqual({
      readOnly: false,
      evidence: false,
      acts: true,
      workflow: false,
    });
    await expect(tool.invoke(NOTE)).rejects.toMatchObject({ code: "NO_THREAD" });
  });
});

describe("a path that is not written", () => {
  test.each([
    ["../out.md", /leads out/],
    ["notes/../../out.md", /leads out/],
    ["notes/../out.md", /leads out/],
    ["/etc/passwd.md", /does not begin below/],
    ["C:\\out.md", /backslash/],
    ["C:out.md", /does not begin below/],
    ["~/out.md", /does not begin below/],
    ["notes\\out.md", /backslash; folders are parted by \//],
    ["out\0.md", /control characters/],
    ["out\n.md", /control characters/],
    ["out\ud800.md", /control characters/],
    [".env.md", /hidden/],
    [".git/config.md", /hidden/],
    ["notes/", /only \.md, \.txt, \.html, \.json, \.csv files/],
    ["out", /only \.md/],
    [".", /only \.md/],
    ["run.sh", /only \.md/],
    ["page.md.exe", /only \.md/],
    ["CON.md", /every system takes; "CON-\.md" would be/],
    ["notes/aux.txt", /"notes\/aux-\.txt" would be/],
    ["what?.md", /"what-\.md" would be/],
    ["as:is.md", /"as-is\.md" would be/],
    ["notes /out.md", /"notes\/out\.md" would be/],
    ["turned\u202Egnp.md", /every system takes/],
    [`${"x".repeat(120)}.md`, /every system takes/],
    [`${"x/".repeat(9)}out.md`, /more than 8 folders/],
    [`${"x".repeat(400)}.md`, /has 403 characters/],
  ])("is %j", async (wanted, message) => {
    const parent = folderWith({});
    const folder = path.join(parent, "output");
    const refused = await answer({ folder }, { ...NOTE, path: wanted });
    expect(refused).toMatchObject({ ok: false, content: expect.stringMatching(message) });
    expect(refused.content).toMatch(/Give a path such as notes\/summary\.md\.$/);
    expect(readdirSync(parent)).toEqual([]);
  });

  test("leads out by a link, at its end or on its way, however deep", async () => {
    const outside = folderWith({ "there.md": "Outside.", "deep/x.md": "Deep." });
    const folder = folderWith({ "in.md": "Inside." });
    symlinkSync(outside, path.join(folder, "away"));
    symlinkSync(path.join(outside, "there.md"), path.join(folder, "there.md"));
    symlinkSync(path.join(outside, "new.md"), path.join(folder, "new.md"));
    for (const wanted of ["away/new.md", "away/deep/new.md", "away/made/new.md"]) {
      const { content } = await answer({ folder }, { ...NOTE, path: wanted, overwrite: true });
      expect(content).toMatch(/away is a link that leads out of the output folder/);
    }
    for (const wanted of ["there.md", "new.md"]) {
      const { content } = await answer({ folder }, { ...NOTE, path: wanted, overwrite: true });
      expect(content).toMatch(/no regular file/);
    }
    expect(readdirSync(outside).sort()).toEqual(["deep", "there.md"]);
    expect(readdirSync(path.join(outside, "deep"))).toEqual(["x.md"]);
    expect(textOf(outside, "there.md")).toBe("Outside.");
  });

  test("may go by links that stay inside, and below a folder that is one itself", async () => {
    const real = folderWith({ "kept/x.md": "" });
    symlinkSync("kept", path.join(real, "notes"));
    const folder = path.join(folderWith({}), "linked");
    symlinkSync(real, folder);
    expect((await answer({ folder }, NOTE)).content).toMatch(/^Created notes\/raft\.md/);
    expect(textOf(real, "kept/raft.md")).toBe(NOTE.content);
  });

  test("is a folder, or lies below a file", async () => {
    const folder = folderWith({ notes: "A file." });
    mkdirSync(path.join(folder, "raft.md"));
    expect((await answer({ folder }, NOTE)).content).toMatch(/notes is a file, and no folder/);
    expect((await answer({ folder }, { ...NOTE, path: "raft.md" })).content).toMatch(/no regular file/);
    expect((await answer({ folder: path.join(folder, "notes") }, NOTE)).content).toMatch(
      /output folder cannot be made/,
    );
  });
});

describe("a write whose process was killed", () => {
  const killedAt = async (at: "claimed" | "recorded", folder: string) => {
    const child = spawn(process.execPath, [program("write-file"), at, storage.url, folder], {
      stdio: "inherit",
    });
    expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
  };

  test("before it was recorded is found done, though what it wrote may not be overwritten", async () => {
    const folder = folderWith({});
    await killedAt("recorded", folder);
    expect(textOf(folder)).toBe(NOTE.content);
    const { status, output } = await writing(storage, { folder }, [NOTE], { resume: true });
    expect(status).toBe("done");
    expect(output).toMatchObject({ said: [{ content: "Wrote notes/raft.md (26 bytes).", ok: true }] });
    expect(readdirSync(path.join(folder, "notes"))).toEqual(["raft.md"]);
  });

  test("before it was done is done then, and leaves nothing else", async () => {
    const folder = folderWith({});
    await killedAt("claimed", folder);
    expect(existsSync(path.join(folder, NOTE.path))).toBe(false);
    const { output } = await writing(storage, { folder }, [NOTE], { resume: true });
    expect(output).toMatchObject({ said: [{ content: "Created notes/raft.md (26 bytes).", ok: true }] });
    expect(readdirSync(path.join(folder, "notes"))).toEqual(["raft.md"]);
  });
});

test("a write that was done but not recorded does not undo what a person wrote over it meanwhile", async () => {
  const folder = folderWith({});
  const fulfil = vi
    .spyOn(storage.ledger, "fulfil")
    .mockRejectedValueOnce(new StorageError("The disk is full."));
  expect(await writing(storage, { folder })).toMatchObject({ status: "failed", error: { code: "STORAGE" } });
  fulfil.mockRestore();
  writeFileSync(path.join(folder, NOTE.path), "By hand.");
  const { output } = await writing(storage, { folder }, [NOTE], { resume: true });
  expect(output).toMatchObject({ said: [{ ok: false, content: expect.stringMatching(/is there already/) }] });
  expect(textOf(folder)).toBe("By hand.");
});
