import { describe, expect, test } from "vitest";
import { sanitizeHtml } from "../../src/security/html.ts";

describe("sanitising HTML", () => {
  test("keeps a page of text with its markup, its doctype and its encoding", async () => {
    const page =
      '<!doctype html>\n<html lang="en"><head><meta charset="utf-8" /><title>On rafts</title></head><body>' +
      '<h1>Rafts</h1><p>A <strong>raft</strong> &amp; a <a href="https://example.org/?a=1&amp;b=2" ' +
      'rel="noopener noreferrer nofollow">boat</a>.</p><ol start="3"><li>One</li></ol>' +
      '<table><tr><th scope="col" colspan="2">Wood</th></tr></table>' +
      '<img src="https://example.org/raft.png" alt="A raft" /><pre><code>a &lt; b</code></pre></body></html>';
    expect(await sanitizeHtml(page)).toBe(page);
  });

  test.each([
    ["<script>alert(1)</script>text", "text"],
    ["<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt&gt;alert(1)ipt&gt;"],
    ["<SCRIPT SRC=//evil.example/x.js></SCRIPT>text", "text"],
    ["<style>p { background: url(https://evil.example) }</style>text", "text"],
    ['<p style="position: fixed" id="login" class="x" data-x="1">text</p>', "<p>text</p>"],
    ['<p onclick="alert(1)" ONMOUSEOVER=alert(1)>text</p>', "<p>text</p>"],
    ['<details open ontoggle="alert(1)">text</details>', "<details open>text</details>"],
    ['<img src="x" onerror="alert(1)">text', "text"],
    ['<img src="https://example.org/a.png" onerror="alert(1)">', '<img src="https://example.org/a.png" />'],
    ['<img src="data:image/svg+xml,<svg onload=alert(1)>">text', "text"],
    ['<img src="//evil.example/a.png"><img src="/delete?id=1">text', "text"],
    ["<svg onload=alert(1)><script>alert(1)</script></svg>text", "text"],
    ['<math><mtext><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">', ""],
    ['<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>', ""],
    ['<iframe src="https://evil.example"></iframe><object data="x"></object><embed src="x">text', "text"],
    ['<form action="https://evil.example"><input name="password"><button>Send</button></form>', "Send"],
    ['<base href="https://evil.example"><link rel="stylesheet" href="x">text', "text"],
    ['<meta http-equiv="refresh" content="0;url=javascript:alert(1)">text', "text"],
    ["<!--[if IE]><script>alert(1)</script><![endif]-->text", "text"],
    ["<title></title><img src=x onerror=alert(1)>", "<title></title>"],
    ["<textarea></textarea><script>alert(1)</script>text", "text"],
    ["<template><script>alert(1)</script></template>text", "text"],
    [
      '<p title="&quot;><script>alert(1)</script>">text</p>',
      '<p title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">text</p>',
    ],
  ])("takes what could run, load or send anything out of %s", async (html, text) => {
    expect(await sanitizeHtml(html)).toBe(text);
  });

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "&#106;avascript:alert(1)",
    " &#14; javascript:alert(1)",
    "vbscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "//evil.example",
    "/logout",
    "page.html",
  ])("takes the link to %j off its text", async (address) => {
    expect(await sanitizeHtml(`<a href="${address}" target="_blank">text</a>`)).toBe("<a>text</a>");
  });

  test.each(["http://example.org/", "https://example.org/#top", "mailto:a@example.org"])(
    "keeps the link to %s, which tells nothing of the page",
    async (address) => {
      const link = `<a href="${address}" rel="noopener noreferrer nofollow">text</a>`;
      expect(await sanitizeHtml(`<a href="${address}" rel="opener" target="_top">text</a>`)).toBe(link);
    },
  );

  test("gives the same when it is sanitised again", async () => {
    const once = await sanitizeHtml("<p>a < b && c<b>open <i>tags<script>x</p>");
    expect(once).toContain("a &lt; b");
    expect(await sanitizeHtml(once)).toBe(once);
  });
});
