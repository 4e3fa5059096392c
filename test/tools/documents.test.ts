import { symlinkSync } from "node:fs";
import path from "node:path";
import { ToolMessage } from "@langchain/core/messages";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { UsageError } from "../../src/errors.ts";
import { blocksOf } from "../../src/models/prompt.ts";
import { DOCUMENT_LIMITS } from "../../src/tools/document-files.ts";
import { indexDocuments } from "../../src/tools/document-index.ts";
import {
  DocumentsError,
  documentSearch,
  documentsFolder,
  openDocuments,
  searchDocuments,
  skippedSummary,
} from "../../src/tools/documents.ts";
import { folderWith } from "./folders.ts";
import { pdfOf } from "./pdf-files.ts";

const HANDBOOK = {
  "bread.md":
    "# Bread\n\n## Sourdough starter\n\nA sourdough starter is fed with flour and water every day.\n\n## Baking\n\nBread is baked in a hot oven until the crust is brown.",
  "tea.html": "<h1>Tea</h1><h2>Green tea</h2><p>Green tea is brewed with water below eighty degrees.</p>",
  "notes.txt": "Kitchen notes\n\nThe oven needs ten minutes until it is hot.\n\nFlour is kept dry.",
};

const headings = (passages: { title: string }[]) => passages.map(({ title }) => title);

describe("searching documents", () => {
  test("answers a question in plain words, best passage first", async () => {
    const folder = folderWith(HANDBOOK);
    const [best] = await searchDocuments("How do I feed my sourdough starter?", { folder });
    expect(best).toEqual({
      title: "Bread › Sourdough starter",
      file: "bread.md",
      heading: "Sourdough starter",
      text: "A sourdough starter is fed with flour and water every day.",
    });
    expect(headings(await searchDocuments("brewing green teas", { folder }))[0]).toBe("Tea › Green tea");
    expect(headings(await searchDocuments("sourdouhg", { folder }))[0]).toBeUndefined();
    expect(headings(await searchDocuments("sourdogh", { folder }))[0]).toBe("Bread › Sourdough starter");
  });

  test.each([
    "Explain the CAP theorem",
    "tabs or spaces",
    "capital of France",
    "",
    "  ?!",
    "the of and",
    "検索",
  ])("finds nothing for what the documents do not speak of: %j", async (query) => {
    expect(await searchDocuments(query, { folder: folderWith(HANDBOOK) })).toEqual([]);
  });

  test("hears several files, gives no text twice, and keeps to the limit", async () => {
    const same = "# Copy\n\nThe oven is cleaned on Fridays.";
    const folder = folderWith({ ...HANDBOOK, "copy-1.md": same, "copy-2.md": same });
    const passages = await searchDocuments("hot oven", { folder });
    expect(new Set(passages.map(({ file }) => file)).size).toBeGreaterThan(1);
    expect(new Set(passages.map(({ text }) => text)).size).toBe(passages.length);
    expect(await searchDocuments("hot oven", { folder, limit: 1 })).toEqual(passages.slice(0, 1));
  });

  test("gives the same passages in the same order, whatever order the files were made in", async () => {
    const reversed = Object.fromEntries(Object.entries(HANDBOOK).reverse());
    const [one, other] = [folderWith(HANDBOOK), folderWith(reversed)];
    const query = "water, flour and a hot oven";
    expect(await searchDocuments(query, { folder: one })).toEqual(
      await searchDocuments(query, { folder: other }),
    );
  });

  test("finds words without spaces between them", async () => {
    const folder = folderWith({ "jp.md": "# 文書\n\n検索機能は文書を探します。", "en.md": "Other." });
    expect((await searchDocuments("検索機能", { folder }))[0]?.file).toBe("jp.md");
  });

  test("a passage that only its code knows is found, without the code in its text", async () => {
    const folder = folderWith({
      "a.md": "# Storage\n\nStorage is opened so.\n\n```ts\nfrobnicate();\n```",
      "b.md": "Other.",
    });
    expect(await searchDocuments("frobnicate", { folder })).toMatchObject([
      { text: "Storage is opened so." },
    ]);
  });
});

describe("the tool search_documents", () => {
  test("answers with numbered sources for the model and passages for programs", async () => {
    const tool = documentSearch({ folder: folderWith(HANDBOOK), limit: 2 });
    const call = { type: "tool_call" as const, id: "1", name: tool.name, args: { query: "hot oven" } };
    const message: unknown = await tool.invoke(call);
    if (!ToolMessage.isInstance(message)) throw new Error("no tool message");
    const blocks = blocksOf(message.text);
    expect(blocks.map(({ name, attributes }) => [name, attributes["id"]])).toEqual([
      ["source", "1"],
      ["source", "2"],
    ]);
    expect(message.artifact).toMatchObject(
      blocks.map(({ attributes, text }) => ({ title: attributes["title"], text })),
    );
  });

  test("says so when it finds nothing", async () => {
    const tool = documentSearch({ folder: folderWith(HANDBOOK) });
    expect(await tool.invoke({ query: "quantum" })).toMatch(/^No passage of the documents answers "quantum"/);
  });

  test("requires a query, and only that", async () => {
    const tool = documentSearch({ folder: folderWith(HANDBOOK) });
    await expect(tool.invoke({ query: "" })).rejects.toThrow();
    const schema = z.instanceof(z.ZodObject).parse(tool.schema);
    expect(Object.keys(schema.shape)).toEqual(["query"]);
  });

  test("reads the package's own documents where no folder is named", async () => {
    const own = await documentsFolder();
    expect(path.basename(own)).toBe("docs");
    const passages = await searchDocuments("How does a workflow survive a crash?");
    expect(passages[0]?.file).toBe("durability.md");
    expect(passages.length).toBeGreaterThan(3);
    expect(await searchDocuments("Explain the CAP theorem")).toEqual([]);
  });
});

describe("opening a folder", () => {
  test("refuses a folder that is missing or is a file, before and at the search", async () => {
    const folder = folderWith({ "a.md": "" });
    const missing = path.join(folder, "missing");
    await expect(openDocuments(missing)).rejects.toThrow(`The documents folder ${missing} does not exist.`);
    await expect(documentsFolder(path.join(folder, "a.md"))).rejects.toThrow("is not a folder");
    const failed: unknown = await documentSearch({ folder: missing })
      .invoke({ query: "a" })
      .catch((error) => error);
    expect(failed).toBeInstanceOf(DocumentsError);
    expect(failed).toBeInstanceOf(UsageError);
    expect(failed).toMatchObject({ code: "BAD_DOCUMENTS", folder: missing });
  });

  test("indexes a folder once, by whichever path it is named", async () => {
    const folder = folderWith(HANDBOOK);
    const alias = path.join(folderWith({}), "alias");
    symlinkSync(folder, alias);
    const [one, other] = await Promise.all([openDocuments(folder), openDocuments(alias)]);
    expect(other).toBe(one);
    expect(await openDocuments(folder)).toBe(one);
    expect(one).toMatchObject({ folder, files: 3, skipped: [] });
  });

  test("an abort ends the wait of who gave it, and of nobody else", async () => {
    const folder = folderWith(HANDBOOK);
    const impatient = new AbortController();
    const waiting = openDocuments(folder, impatient.signal);
    const patient = openDocuments(folder);
    impatient.abort();
    await expect(waiting).rejects.toThrow("abort");
    expect((await patient).files).toBe(3);
  });

  test("can be opened again after all who waited have gone", async () => {
    const folder = folderWith(HANDBOOK);
    const impatient = new AbortController();
    const waiting = openDocuments(folder, impatient.signal);
    impatient.abort();
    await expect(waiting).rejects.toThrow("abort");
    expect((await openDocuments(folder)).files).toBe(3);
  });
});

describe("what is not read", () => {
  test("is listed with its reason, and said in one sentence", async () => {
    const folder = folderWith({
      ...HANDBOOK,
      "big.md": "x".repeat(3000),
      "binary.md": "a\0b",
      "other.txt": "\0",
    });
    const index = await indexDocuments(folder, { ...DOCUMENT_LIMITS, fileBytes: 2000 });
    expect(index.files).toBe(3);
    expect(index.skipped.map(({ file }) => file)).toEqual(["big.md", "binary.md", "other.txt"]);
    expect(skippedSummary(index)).toBe(
      `Not read in ${folder}: 1 larger than 2000 bytes (big.md); 2 not text (binary.md, other.txt).`,
    );
  });

  test("includes a PDF that is damaged, with what is wrong with it; the others are found", async () => {
    const folder = folderWith({
      ...HANDBOOK,
      "rafts.pdf": pdfOf([["Rafts float on rivers."]]),
      "locked.pdf": pdfOf([["x"]], { encrypted: true }),
    });
    const index = await openDocuments(folder);
    expect(index.search("rafts")).toEqual([
      { title: "rafts › Page 1", file: "rafts.pdf", heading: "Page 1", text: "Rafts float on rivers." },
    ]);
    expect(skippedSummary(index)).toMatch(
      /: 1 cannot be understood \(The PDF is encrypted.*\) \(locked\.pdf\)\.$/,
    );
  });

  test("includes what lies beyond the bytes of all files", async () => {
    const folder = folderWith({ "a.md": "a".repeat(60), "b.md": "b".repeat(60), "c.md": "c".repeat(30) });
    const index = await indexDocuments(folder, { ...DOCUMENT_LIMITS, totalBytes: 100 });
    expect(index.passages.map(({ file }) => file)).toEqual(["a.md", "c.md"]);
    expect(index.skipped.map(({ file }) => file)).toEqual(["b.md"]);
  });

  test("is nothing to speak of where all was read; a folder without documents is", async () => {
    expect(skippedSummary(await openDocuments(folderWith(HANDBOOK)))).toBeUndefined();
    const empty = folderWith({ "image.png": "" });
    expect(skippedSummary(await openDocuments(empty))).toMatch(/^There are no documents \(\.md, .*\) in /);
  });
});
