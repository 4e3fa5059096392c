import { describe, expect, it } from "vitest";
import { htmlOf } from "../../src/tools/markdown-html.ts";

describe("Markdown as HTML", () => {
  it.each([
    ["# Title\n\nA paragraph [1].", "<h1>Title</h1>\n<p>A paragraph [1].</p>"],
    ["- one\n- two\n\nThen.", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<p>Then.</p>"],
    ["3. three\n4. four", '<ol start="3">\n<li>three</li>\n<li>four</li>\n</ol>'],
    ["```js\na < b && c\n```", "<pre><code>a &lt; b &amp;&amp; c\n</code></pre>"],
    ["**Bold** and `code`.", "<p><strong>Bold</strong> and <code>code</code>.</p>"],
    [
      "[a link](https://x.example)",
      '<p><a href="https://x.example" rel="noopener noreferrer nofollow">a link</a></p>',
    ],
    ["- [x] done\n- [ ] open", "<ul>\n<li>☑ done</li>\n<li>☐ open</li>\n</ul>"],
    [
      "A claim [1] and [1, 2].\n\n[1]: x.md\n[1, 2]: y.md",
      "<p>A claim [1] and [1, 2].</p>\n<p>[1]: x.md\n[1, 2]: y.md</p>",
    ],
    [
      "See [the log].\n\n[the log]: https://x.example",
      '<p>See <a href="https://x.example" rel="noopener noreferrer nofollow">the log</a>.</p>',
    ],
    ["", ""],
  ])("of %j", async (markdown, html) => {
    expect(await htmlOf(markdown)).toBe(html);
  });

  it("keeps a table", async () => {
    const html = await htmlOf("| a | b |\n| - | - |\n| 1 | 2 |");
    expect(html.replace(/\s+/g, "")).toContain("<tr><td>1</td><td>2</td></tr>");
  });

  it.each([
    "<script>alert(1)</script>\n\nText.",
    "# <img src=x onerror=alert(1)>Title",
    "- [click](javascript:alert(1))",
    "![picture](javascript:alert(1))",
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "Text <b onclick=x>bold</b>.",
  ])("of %j has no markup of its author's", async (markdown) => {
    const html = await htmlOf(markdown);
    expect(html).not.toMatch(/<(?!\/?(?:h1|p|ul|li|pre|code|a)>)/);
  });
});
