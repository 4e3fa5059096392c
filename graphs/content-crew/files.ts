import filenamify from "filenamify";
import { stringify } from "yaml";
import { withSources } from "../../src/nodes/index.ts";
import { visible } from "../../src/security/text.ts";
import type { Source } from "../../src/state/passage.ts";
import { readMarkdown } from "../../src/tools/markdown.ts";
import { escaped, htmlOf } from "../../src/tools/markdown-html.ts";

/** What is published. */
export interface Article {
  topic: string;
  article: string;
  sources: readonly Source[];
  /** YYYY-MM-DD. */
  date: string;
}

/** An article as files: the texts, and the name that both have before their endings. */
export interface Files {
  name: string;
  markdown: string;
  html: string;
}

/** Makes the files of an article: the same article makes the same files. */
export async function filesOf({ topic, article, sources, date }: Article): Promise<Files> {
  const text = visible(article).trim();
  const heading = headingOf(text);
  const title = heading ?? visible(topic).replace(/\s+/g, " ");
  const body = heading === undefined ? `# ${title}\n\n${text}` : text;
  const listed = sources.map(({ id, title: of, file }) => ({ id, title: of, file }));
  const matter = stringify({ title, date, sources: listed }, { lineWidth: 0 });
  return {
    name: nameOf(title),
    markdown: `---\n${matter}---\n\n${withSources(body, sources)}\n`,
    html: pageOf(title, await htmlOf(body), sources),
  };
}

/** The first heading of the first level. */
function headingOf(markdown: string): string | undefined {
  const { pieces } = readMarkdown(markdown);
  return pieces.find((piece) => piece.kind === "heading" && piece.level === 1)?.text;
}

const LONGEST_NAME = 60;

/** A title as the name of a file: letters, digits and hyphens, such as every system takes. */
export function nameOf(title: string): string {
  const words =
    title
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const cut = [...words.join("-")].slice(0, LONGEST_NAME).join("").replace(/-$/, "");
  // Some names are the system's own: con, nul.
  return filenamify(cut || "article", { replacement: "-" });
}

const pageOf = (title: string, content: string, sources: readonly Source[]) =>
  [
    "<!doctype html>",
    "<html>",
    `<head>\n<meta charset="utf-8">\n<title>${escaped(title)}</title>\n</head>`,
    "<body>",
    `<article>\n${content}\n</article>`,
    ...(sources.length > 0 ? [`<footer>\n<h2>Sources</h2>\n${listOf(sources)}\n</footer>`] : []),
    "</body>",
    "</html>\n",
  ].join("\n");

/** A list of sources; what they are called is text, and their addresses are links or text. */
const listOf = (sources: readonly Source[]) =>
  `<ol>\n${sources.map(({ id, title, file }) => `<li value="${id}">${escaped(title)} (${linked(file)})</li>`).join("\n")}\n</ol>`;

/** A source's address as a link; a path below the documents is none that a reader could follow. */
const linked = (file: string) =>
  /^https?:\/\//i.test(file)
    ? `<a href="${escaped(file)}" rel="noopener noreferrer nofollow">${escaped(file)}</a>`
    : escaped(file);
