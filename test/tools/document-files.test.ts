import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { DOCUMENT_LIMITS, findDocuments, readDocument } from "../../src/tools/document-files.ts";
import { folderWith } from "./folders.ts";

async function found(folder: string, limits = {}) {
  const { files, skipped } = await findDocuments(folder, { ...DOCUMENT_LIMITS, ...limits });
  return { files: files.map(({ file }) => file), skipped };
}

describe("finding documents", () => {
  test("takes the endings it can read, sorted, and leaves hidden folders and node_modules alone", async () => {
    const folder = folderWith({
      "z.md": "",
      "a/b.HTML": "",
      "a/c.txt": "",
      "image.png": "",
      ".git/x.md": "",
      ".hidden.md": "",
      "a/node_modules/p/readme.md": "",
    });
    expect(await found(folder)).toEqual({ files: ["a/b.HTML", "a/c.txt", "z.md"], skipped: [] });
  });

  test("follows links within the folder once, under the file's own path if it has one", async () => {
    const folder = folderWith({ "z/real.md": "", ".store/v1/note.md": "" });
    symlinkSync(path.join(folder, "z/real.md"), path.join(folder, "a-link.md"));
    symlinkSync(folder, path.join(folder, "z/loop"));
    symlinkSync("../z", path.join(folder, "z/self"));
    symlinkSync(".store/v1", path.join(folder, "current"));
    symlinkSync("current/note.md", path.join(folder, "note.md"));
    expect(await found(folder)).toEqual({ files: ["current/note.md", "z/real.md"], skipped: [] });
  });

  test("skips links that lead out of the folder or nowhere", async () => {
    const outside = folderWith({ "secret.md": "" });
    const folder = folderWith({ "in.md": "" });
    symlinkSync(path.join(outside, "secret.md"), path.join(folder, "out.md"));
    symlinkSync(outside, path.join(folder, "outside"));
    symlinkSync("missing.md", path.join(folder, "dangling.md"));
    symlinkSync("missing", path.join(folder, "not-a-document"));
    expect(await found(folder)).toEqual({
      files: ["in.md"],
      skipped: [
        { file: "dangling.md", reason: "a link that leads nowhere" },
        { file: "out.md", reason: "a link that leads out of the folder" },
        { file: "outside", reason: "a link that leads out of the folder" },
      ],
    });
  });

  test("does not take a neighbour whose name begins alike for the folder", async () => {
    const parent = folderWith({ "docs/a.md": "", "docs-old/b.md": "" });
    symlinkSync("../docs-old", path.join(parent, "docs/old"));
    expect((await found(path.join(parent, "docs"))).files).toEqual(["a.md"]);
  });

  test("skips what is no regular file, without waiting for it", async () => {
    const folder = folderWith({ "a.md": "" });
    const socket = createServer();
    await new Promise<void>((resolve) => socket.listen(path.join(folder, "socket.md"), resolve));
    onTestFinished(() => void socket.close());
    mkdirSync(path.join(folder, "folder.md"));
    expect(await found(folder)).toEqual({
      files: ["a.md"],
      skipped: [{ file: "socket.md", reason: "not a regular file" }],
    });
  });

  test("stops at its bounds and says so", async () => {
    const folder = folderWith({ "a.md": "", "b.md": "", "c/d.md": "" });
    expect(await found(folder, { files: 1 })).toEqual({
      files: ["a.md"],
      skipped: [
        { file: "b.md", reason: "beyond the first 1 files" },
        { file: "c/d.md", reason: "beyond the first 1 files" },
      ],
    });
    expect((await found(folder, { entries: 2 })).skipped).toEqual([
      { file: "c/", reason: "beyond the first 2 entries" },
    ]);
  });

  test("stops when it is aborted", async () => {
    const folder = folderWith({ "a.md": "" });
    await expect(findDocuments(folder, DOCUMENT_LIMITS, AbortSignal.abort())).rejects.toThrow("abort");
  });
});

describe("reading a document", () => {
  async function read(content: string | Uint8Array, maxBytes = 1000) {
    const folder = folderWith({ "a.md": content });
    return readDocument({ file: "a.md", path: path.join(folder, "a.md") }, maxBytes);
  }

  test("tolerates byte order marks, foreign line ends, control characters and broken UTF-8", async () => {
    expect(await read("\uFEFFa\r\nb\rc\u001b[31m")).toMatchObject({ text: "a\nb\nc [31m" });
    expect(await read(new Uint8Array([0x61, 0xe9, 0x62]))).toMatchObject({ text: "a\uFFFDb" });
    expect(await read(Buffer.from("\uFEFFwide", "utf16le"))).toMatchObject({ text: "wide" });
  });

  test("refuses binary files, large ones and those that cannot be read", async () => {
    expect(await read("a\0b")).toEqual({ reason: "not text" });
    expect(await read("x".repeat(2_000_001), 2_000_000)).toEqual({ reason: "larger than 2 MB" });
    const gone = { file: "gone.md", path: path.join(folderWith({}), "gone.md") };
    expect(await readDocument(gone, 1000)).toEqual({ reason: "cannot be read (ENOENT)" });
  });

  test("throws when it is aborted", async () => {
    const folder = folderWith({});
    const file = path.join(folder, "a.md");
    writeFileSync(file, "a");
    await expect(readDocument({ file: "a.md", path: file }, 10, AbortSignal.abort())).rejects.toThrow(
      "abort",
    );
  });
});
