import { mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ToolError } from "../../src/errors.ts";
import { beforeSources, blocksOf } from "../../src/models/prompt.ts";
import { Passage } from "../../src/state/passage.ts";
import { traitsOf } from "../../src/tools/bounded.ts";
import { searchDocuments } from "../../src/tools/documents.ts";
import { documentReader } from "../../src/tools/read-document.ts";
import { called } from "./call.ts";
import { folderWith } from "./folders.ts";
import { pdfOf } from "./pdf-files.ts";

const FILES = {
  "guides/setup.md": "# Setup\n\nInstall it first.\n\n```sh\nnpm install\n```\n\n## Checks\n\nThen check it.",
  "guides/usage.html": "<h1>Usage</h1><p>Use it often.</p>",
  "notes.txt": "Notes\n\nWritten in haste.",
  "paper.pdf": pdfOf([["A paper on rafts."], ["Its second page."]]),
};

const read = (folder: string, args: Record<string, unknown>) => called(documentReader({ folder }), args);

/** Why a document is not read. */
async function refused(folder: string, wanted: string, part?: number): Promise<string> {
  const args = part === undefined ? { path: wanted } : { path: wanted, part };
  const error: unknown = await read(folder, args).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ToolError);
  return error instanceof Error ? error.message : "";
}

describe("reading a document", () => {
  test("gives its passages in order, to be cited by number, with its code where it stands", async () => {
    const { text, artifact } = await read(folderWith(FILES), { path: "guides/setup.md" });
    expect(beforeSources(text)).toBe("guides/setup.md, part 1 of 1.");
    expect(artifact).toEqual([
      {
        title: "Setup",
        file: "guides/setup.md",
        heading: "Setup",
        text: "Install it first.\n\n```\nnpm install\n```",
      },
      { title: "Setup › Checks", file: "guides/setup.md", heading: "Checks", text: "Then check it." },
    ]);
    const blocks = blocksOf(text).map((block) => [
      block.attributes["id"],
      block.attributes["title"],
      block.text,
    ]);
    expect(blocks).toEqual(
      Passage.array()
        .parse(artifact)
        .map(({ title, text: said }, at) => [String(at + 1), title, said]),
    );
  });

  test.each([
    ["guides/usage.html", ["Use it often."]],
    ["notes.txt", ["Written in haste."]],
    ["paper.pdf", ["A paper on rafts.", "Its second page."]],
    ["./guides//usage.html", ["Use it often."]],
  ])("reads %s", async (wanted, texts) => {
    const { artifact } = await read(folderWith(FILES), { path: wanted });
    expect(
      Passage.array()
        .parse(artifact)
        .map(({ text }) => text),
    ).toEqual(texts);
  });

  test("takes every path that the search shows, a page of a PDF and a linked file too", async () => {
    const folder = folderWith({ ...FILES, ".store/café note.md": "Rafts in the store." });
    symlinkSync(".store", path.join(folder, "current"));
    const found = await searchDocuments("rafts", { folder, limit: 9 });
    expect(found.map(({ file }) => file).sort()).toEqual(["current/café note.md", "paper.pdf"]);
    expect(found.find(({ file }) => file === "paper.pdf")?.heading).toBe("Page 1");
    for (const { file, text } of found) {
      const { artifact } = await read(folder, { path: file });
      expect(Passage.array().parse(artifact)[0]?.text).toBe(text);
    }
  });

  test("gives a long one by parts, which hold all of it once", async () => {
    const sections = Array.from(
      { length: 40 },
      (_, at) => `## Section ${at}\n\n${`Sentence ${at} goes on. `.repeat(40)}`,
    );
    const folder = folderWith({ "long.md": `# Long\n\n${sections.join("\n\n")}` });
    const first = await read(folder, { path: "long.md" });
    const count = Number(
      /part 1 of (\d+)\. Part 2 goes on from here\.$/.exec(beforeSources(first.text))?.[1],
    );
    expect(count).toBeGreaterThan(2);
    const headings: string[] = [];
    for (let part = 1; part <= count; part += 1) {
      const { text, artifact } = await read(folder, { path: "long.md", part });
      expect(text.length).toBeLessThan(20_000);
      headings.push(
        ...Passage.array()
          .parse(artifact)
          .map(({ heading }) => heading),
      );
    }
    expect([...new Set(headings)]).toEqual(sections.map((_, at) => `Section ${at}`));
    expect(await refused(folder, "long.md", count + 1)).toBe(
      `long.md has ${count} parts; there is no part ${count + 1}.`,
    );
  });

  test("only reads, so that its answers may be kept", () => {
    expect(traitsOf(documentReader())).toMatchObject({ readOnly: true, evidence: false, acts: false });
  });
});

describe("a document that is not read", () => {
  test.each([
    ["../secret.md", /leads out of the documents.*search_documents/],
    ["guides/../../secret.md", /leads out/],
    ["/etc/passwd", /no path below the documents/],
    ["C:\\notes.txt", /no path below the documents/],
    ["c:notes.txt", /no path below the documents/],
    ["guides\\setup.md", /no path below the documents/],
    ["notes.txt\0.md", /control characters/],
    ["a\nb.md", /control characters/],
    [".env", /cannot be read: only \.md/],
    [".hidden.md", /There is no \.hidden\.md/],
    ["guides", /guides is a folder; in it there are: guides\/setup\.md, guides\/usage\.html/],
    ["guides/", /is a folder/],
    [".", /is a folder; in it there are: guides\/setup\.md/],
    ["picture.png", /picture\.png cannot be read: only \.md, .*\.pdf are/],
    ["setup.md", /There is no setup\.md\. Like it are: guides\/setup\.md/],
    ["guide/setup.markdown", /There is no guide\/setup\.markdown\. Like it are: guides\/setup\.md/],
    ["zzz.md", /There is no zzz\.md\. There are: guides\/setup\.md, .*paper\.pdf\./],
  ])("%j says why, and what to read instead", async (wanted, message) => {
    const folder = folderWith({ ...FILES, ".hidden.md": "Hidden.", ".env": "KEY=1", "picture.png": "" });
    expect(await refused(folder, wanted)).toMatch(message);
  });

  test("lies behind a link that leads out of the folder", async () => {
    const outside = folderWith({ "secret.md": "Secret." });
    const folder = folderWith(FILES);
    symlinkSync(path.join(outside, "secret.md"), path.join(folder, "secret.md"));
    symlinkSync(outside, path.join(folder, "outside"));
    for (const wanted of ["secret.md", "outside/secret.md"]) {
      expect(await refused(folder, wanted)).toMatch(/a link that leads out of the folder/);
    }
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ["large.md", "x".repeat(2_000_001), /larger than 2 MB/],
    ["binary.md", "a\0b", /not text/],
    ["empty.md", "", /has no text/],
    ["fake.pdf", "no pdf", /no PDF/],
    ["locked.pdf", pdfOf([["x"]], { encrypted: true }), /encrypted/],
  ])("is %s", async (file, content, message) => {
    expect(await refused(folderWith({ [file]: content }), file)).toMatch(message);
  });

  test("is a folder that looks like a document", async () => {
    const folder = folderWith({});
    mkdirSync(path.join(folder, "notes.md"));
    expect(await refused(folder, "notes.md")).toBe("There is no notes.md. There are no documents.");
  });
});
