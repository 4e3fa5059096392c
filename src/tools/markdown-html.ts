import type { Marked } from "marked";
import { sanitizeHtml } from "../security/html.ts";
import { onceLoaded } from "../telemetry/once-loaded.ts";

/** A text as it stands in HTML. */
export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A line that would make a link of every citation with its numbers. */
const CITATION_DEFINED = /^ {0,3}\[\s*\d+(?:\s*,\s*\d+)*\s*\]:/;

const library = onceLoaded(async (): Promise<Marked> => {
  const { Marked } = await import("marked");
  return new Marked({
    gfm: true,
    renderer: {
      html: ({ text }) => escaped(text),
      checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
    },
    tokenizer: { def: (source) => (CITATION_DEFINED.test(source) ? undefined : false) },
  });
});

/**
 * The sanitised HTML of a Markdown text, in GitHub's flavour. Tags in the text are shown as text: whoever wrote it
 * cannot add markup of their own. A citation stays text, also where the text defines its number as a link.
 */
export async function htmlOf(markdown: string): Promise<string> {
  const marked = await library();
  return (await sanitizeHtml(await marked.parse(markdown))).trim();
}
