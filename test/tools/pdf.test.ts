import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ToolError } from "../../src/errors.ts";
import { PDF_LIMITS, readPdf } from "../../src/tools/pdf.ts";
import { packedPdf, pdfOf } from "./pdf-files.ts";

/** The error of a PDF that cannot be read. */
async function refused(content: Uint8Array, limits = {}): Promise<string> {
  const error: unknown = await readPdf(content, { limits: { ...PDF_LIMITS, ...limits } }).catch(
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(ToolError);
  return String(error);
}

describe("a PDF", () => {
  test("is read by page; a gap parts paragraphs, and a word that was parted is whole again", async () => {
    const content = pdfOf([
      [
        "A cap bounds what a run may",
        "spend, and is check-",
        "ed before each call.",
        "",
        "(A second paragraph.)",
      ],
      [],
      ["Page three is read."],
    ]);
    const { title, pieces } = await readPdf(content);
    expect(title).toBeUndefined();
    expect(pieces).toEqual([
      { kind: "heading", level: 2, text: "Page 1" },
      { kind: "prose", text: "A cap bounds what a run may spend, and is checked before each call." },
      { kind: "prose", text: "(A second paragraph.)" },
      { kind: "heading", level: 2, text: "Page 3" },
      { kind: "prose", text: "Page three is read." },
    ]);
  });

  test("is left as it was, so that it can be read again", async () => {
    const content = pdfOf([["Once."]]);
    const before = Buffer.from(content);
    expect(await readPdf(content)).toEqual(await readPdf(content));
    expect(content.equals(before)).toBe(true);
  });

  test("that is none is refused, and so is an empty file", async () => {
    expect(await refused(Buffer.from("# Markdown"))).toMatch(/no PDF/);
    expect(await refused(Buffer.from(""))).toMatch(/no PDF/);
  });

  test("that is encrypted is refused, and asked for without its password", async () => {
    expect(await refused(pdfOf([["Secret."]], { encrypted: true }))).toMatch(/encrypted.*without a password/);
  });

  test("that was cut off is refused, wherever it was cut", async () => {
    const whole = pdfOf([["First."], ["Second."], ["Third."]]);
    for (const share of [0.1, 0.5, 0.9]) {
      expect(await refused(whole.subarray(0, whole.length * share))).toMatch(/cut off/);
    }
  });

  test("that is damaged is refused, whatever the library says of it", async () => {
    const rubbish = Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(3000, 7), Buffer.from("%%EOF")]);
    expect(await refused(rubbish)).toMatch(/damaged.*another copy/);
  });

  test("of pictures alone is refused, with the way to text", async () => {
    expect(await refused(pdfOf([[], []]))).toMatch(/2 pages and no text.*OCR/);
  });

  test("of 10,000 pages is refused before its pages are read", async () => {
    const long = pdfOf(Array.from({ length: 10_000 }, () => ["x"]));
    expect(await refused(long)).toMatch(/10000 pages; at most 2000/);
  });

  test("beyond the limits on bytes and characters is refused", async () => {
    const content = pdfOf([["Twenty characters it."], ["And some more of them."]]);
    expect(await refused(content, { bytes: 100 })).toMatch(/at most 100/);
    expect(await refused(content, { chars: 30 })).toMatch(/more than 30 characters/);
  });

  test("is given up when it is aborted", async () => {
    const stopped = readPdf(pdfOf([["Text."]]), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow("abort");
  });

  test("that unpacks to 1.5 GB is given up by its memory; this process grows little, and stays awake", async () => {
    const bomb = packedPdf(1_500);
    expect(bomb.length).toBeLessThan(2_000_000);
    const before = process.memoryUsage.rss();
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 10);
    onTestFinished(() => clearInterval(ticking));
    expect(await refused(bomb)).toMatch(/too much memory/);
    expect(turns).toBeGreaterThan(10);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 2 ** 20);
    // The next one has a process again.
    expect((await readPdf(pdfOf([["Text."]]))).pieces).toHaveLength(2);
  }, 60_000);

  test("that takes too long is given up", async () => {
    expect(await refused(packedPdf(1_500), { timeoutMs: 1 })).toMatch(/no end within 0.001 s/);
  });

  test("is given up in the middle when it is aborted", async () => {
    await readPdf(pdfOf([["The process is there."]]));
    const stop = new AbortController();
    const reading = readPdf(packedPdf(1_500), { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(reading).rejects.toThrow("enough");
  });

  test("is read without a word on the console", async () => {
    const said = [vi.spyOn(console, "log"), vi.spyOn(console, "warn")];
    await refused(pdfOf([["x"]]).subarray(0, 100));
    await readPdf(pdfOf([["Text."]]));
    for (const each of said) expect(each).not.toHaveBeenCalled();
  });
});
