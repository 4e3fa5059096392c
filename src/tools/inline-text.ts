const CODE = /``[ ]?([^\n]{1,300}?)[ ]?``|`([^`]{1,1000})`/g;
const HELD = /\uE000(\d+)\uE001/g;

const ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  mdash: "—",
  ndash: "–",
  hellip: "…",
  copy: "©",
};

/**
 * The plain text of a paragraph of Markdown: links become their text, images, tags and marks go, code keeps its words.
 *
 * Every repetition is bounded, so that no text takes more than linear time.
 */
export function inlineText(markdown: string): string {
  const spans: string[] = [];
  const held = markdown.replace(/[\uE000\uE001]/g, "").replace(CODE, (_, double, single) => {
    spans.push(String(double ?? single));
    return `\uE000${spans.length - 1}\uE001`;
  });
  return withoutMarks(held).replace(HELD, (_, index) => spans[Number(index)] ?? "");
}

const withoutMarks = (text: string) =>
  text
    .replace(/!\[[^\][]{0,500}\](?:\([^()\n]{0,2000}\)|\[[^\][]{0,200}\])/g, "")
    .replace(/\[\^[^\][\s]{1,50}\]/g, "")
    .replace(/\[([^\][]{0,500})\]\((?:[^()\n]|\([^()\n]{0,200}\)){0,2000}\)/g, "$1")
    .replace(/\[([^\][]{1,500})\]\[[^\][]{0,200}\]/g, "$1")
    .replace(/<((?:https?|mailto):[^<>\s]{1,2000})>/g, "$1")
    .replace(/<br[ ]?\/?>/gi, " ")
    .replace(/<\/?[A-Za-z][^<>]{0,1000}>/g, "")
    .replace(/(?<!\\)\*\*|~~/g, "")
    .replace(/(^|[\s([{"'“‘—–/])[*_]{1,3}(?=\S)/g, "$1")
    .replace(/(?<=[^\s\\])[*_]{1,3}(?=$|[\s).,;:!?\]}"'”’—–/])/g, "")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
      const code = decimal ? Number(decimal) : hex ? Number.parseInt(String(hex), 16) : undefined;
      return code === undefined ? (ENTITIES[String(name)] ?? whole) : characterOf(code);
    });

const characterOf = (code: number) =>
  code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : "";
