import type { PlainDocument } from "./pieces.ts";
import { type Piece, piece } from "./pieces.ts";

const MAX_TITLE = 80;

/** The paragraphs of a text file; a short first line that stands alone is its title. */
export function readPlainText(text: string): PlainDocument {
  const paragraphs = text.split(/\n[^\S\n]*\n/).map((paragraph) => paragraph.trim());
  const [opening = "", ...others] = paragraphs.filter(Boolean);
  const [title = "", mark = ""] = opening.split("\n", 2);
  const underlined = /^(?:=+|-+)\s*$/.test(mark);
  const alone = title === opening || underlined;
  const isTitle = alone && others.length > 0 && title.length <= MAX_TITLE && !/[.!?]$/.test(title);
  const body = isTitle
    ? [underlined ? opening.split("\n").slice(2).join("\n") : "", ...others]
    : [opening, ...others];
  const pieces = body
    .map((paragraph) => piece("prose", paragraph))
    .filter((found): found is Piece => !!found);
  return { title: isTitle ? title.trim() : undefined, pieces };
}
