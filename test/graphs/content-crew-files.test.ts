import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { filesOf, nameOf } from "../../graphs/content-crew/files.ts";
import type { Source } from "../../src/state/passage.ts";

const SOURCES: Source[] = [
  { id: 1, title: 'Raft: "the" paper', file: "https://raft.example/?a=1&b=2", heading: "", text: "Text." },
  { id: 2, title: "<b>Notes</b>", file: "notes/raft.md", heading: "", text: "Text." },
];
const article = (text: string, topic = "Raft") => ({
  topic,
  article: text,
  sources: SOURCES,
  date: "2025-03-04",
});
const matterOf = (markdown: string) => parse(/^---\n([\s\S]*?)\n---\n/.exec(markdown)?.[1] ?? "");

describe("the files of an article", () => {
  it("have its title, its day and its sources in front, whatever characters these have", async () => {
    const { name, markdown } = await filesOf(
      article("# Raft: a # title --- and 'quotes'\n\nText [1] [2].", "Raft"),
    );
    expect(name).toBe("raft-a-title-and-quotes");
    expect(matterOf(markdown)).toEqual({
      title: "Raft: a # title --- and 'quotes'",
      date: "2025-03-04",
      sources: SOURCES.map(({ id, title, file }) => ({ id, title, file })),
    });
    expect(markdown).toMatch(
      /\n---\n\n# Raft: a # title --- and 'quotes'\n\nText \[1\] \[2\]\.\n\n## Sources\n\n- \[1\]/,
    );
  });

  it("are called by the topic where the article has no title, and get it as one", async () => {
    const { name, markdown, html } = await filesOf(article("Text.", "What is\nRaft?"));
    expect(name).toBe("what-is-raft");
    expect(markdown).toContain("---\n\n# What is Raft?\n\nText.\n");
    expect(html).toContain("<title>What is Raft?</title>");
    expect(html).toContain("<h1>What is Raft?</h1>\n<p>Text.</p>");
  });

  it("hold HTML that neither the article nor a source can add to, with links to what is on the web", async () => {
    const text = '# T</title><script>alert(1)</script>\n\n<iframe src="x"></iframe>Text [1].';
    const { html } = await filesOf(article(text));
    expect(html).toMatch(/^<!doctype html>\n<html>/);
    expect(html).not.toMatch(/<(?:script|iframe|b)\b/);
    expect(html).toContain(
      '<li value="1">Raft: &quot;the&quot; paper (<a href="https://raft.example/?a=1&amp;b=2"',
    );
    expect(html).toContain('<li value="2">&lt;b&gt;Notes&lt;/b&gt; (notes/raft.md)</li>');
  });

  it("show nothing that hides", async () => {
    const { markdown, html } = await filesOf(article("# Raft\u202e\n\nText\u200b.\u0007"));
    for (const hidden of ["\u202e", "\u200b", "\u0007"]) expect(markdown + html).not.toContain(hidden);
  });

  it("are the same for the same article", async () => {
    expect(await filesOf(article("# A\n\nText [1]."))).toEqual(await filesOf(article("# A\n\nText [1].")));
  });
});

describe("a title as a file's name", () => {
  it.each([
    ["How does a workflow survive a crash?", "how-does-a-workflow-survive-a-crash"],
    ["../../etc/passwd", "etc-passwd"],
    ["C:\\Windows\\system32", "c-windows-system32"],
    [".hidden", "hidden"],
    ["CON", "con-"],
    ["???", "article"],
    ["", "article"],
    ["Über Größe – naïve", "über-größe-naïve"],
    ["分散システム", "分散システム"],
    [`${"word ".repeat(30)}`, Array(12).fill("word").join("-")],
  ])("of %j", (title, name) => {
    expect(nameOf(title)).toBe(name);
  });

  it("of one long word is cut", () => {
    expect(nameOf("x".repeat(500)).length).toBeLessThanOrEqual(60);
  });
});
