import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readHtml } from "../../src/tools/html.ts";

describe("HTML as plain text", () => {
  test("reads the main part, with headings, lists, tables and code", () => {
    const page = `<!doctype html><html><head><title>Site</title><style>p { color: red }</style></head><body>
      <nav><a href="/">Home</a></nav><script>alert("no")</script>
      <main><h1>The <em>page</em></h1><!-- hidden --><p>One &amp; two<br>three.</p>
      <ul><li>first</li><li><p>second</p></li></ul>
      <table><tr><th>Name</th><th>Meaning</th></tr><tr><td>a</td><td>the first</td></tr></table>
      <pre><code>let x = 1;</code></pre><h2>More <a class="anchor">#</a></h2><div>loose text</div></main>
      <footer>Imprint</footer></body></html>`;
    expect(readHtml(page)).toEqual({
      title: "The page",
      pieces: [
        { kind: "heading", level: 1, text: "The page" },
        { kind: "prose", text: "One & two three." },
        { kind: "line", text: "first." },
        { kind: "line", text: "second." },
        { kind: "line", text: "a: the first." },
        { kind: "code", text: "let x = 1;" },
        { kind: "heading", level: 2, text: "More" },
        { kind: "prose", text: "loose text" },
      ],
    });
  });

  test("takes the title of the head where there is no heading, and none where there is nothing", () => {
    expect(readHtml("<title>A  title</title><p>Text").title).toBe("A title");
    expect(readHtml("").title).toBeUndefined();
  });

  test("reads tables that lay a page out as text", () => {
    const page = `<table><tr><td><table><tr><td>inner</td><td>row</td></tr></table></td><td>${"long ".repeat(300)}</td></tr></table>`;
    expect(readHtml(page).pieces[0]).toEqual({ kind: "line", text: "inner: row." });
    expect(readHtml(page).pieces[1]?.kind).toBe("prose");
  });

  test("reads broken pages: open tags, open comments, tags that never began", () => {
    expect(readHtml("</div><p>one<p>two<div><b>three").pieces.map(({ text }) => text)).toEqual([
      "one",
      "two",
      "three",
    ]);
    expect(readHtml("<p>text</p><!-- open").pieces[0]).toEqual({ kind: "prose", text: "text" });
  });

  test.each(["<div>", "<p>", "<table><tr><td>", "<!--", "<pre>", "<h1>", "<", "<a b='"])(
    "takes long nonsense of %j in its stride",
    (seed) => {
      expect(Array.isArray(readHtml(seed.repeat(60_000)).pieces)).toBe(true);
    },
  );

  test("reads any text without failing", () => {
    const marks = fc.constantFrom(
      "<p>",
      "</p>",
      "<li>",
      "<tr>",
      "<td>",
      "<pre>",
      "<h1>",
      "</",
      "<",
      ">",
      "a",
      "&",
      "<!--",
      "-->",
    );
    fc.assert(
      fc.property(fc.array(marks, { maxLength: 60 }), (all) => {
        for (const { text } of readHtml(all.join("")).pieces) expect(text).toBe(text.trim());
      }),
    );
  });
});
