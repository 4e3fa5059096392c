/** By Unicode's East Asian width, and as terminals draw pictures. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const UNSEEN = /[\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Default_Ignorable_Code_Point}]/u;
/** Nothing but characters of one column, which need no closer look. */
const NARROW = /^[ -~\u00a1-\u00ac\u00ae-\u02ff…]*$/;

/** Makes a picture of the character before it. */
const AS_PICTURE = "\ufe0f";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

const widthOfPoint = (point: string) =>
  point === AS_PICTURE ? 1 : UNSEEN.test(point) ? 0 : WIDE.test(point) ? 2 : 1;

/** Of however many characters it is made, nothing that is drawn as one takes more than two columns. */
function widthOfOne(grapheme: string): number {
  let width = 0;
  for (const point of grapheme) width += widthOfPoint(point);
  return Math.min(width, 2);
}

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfOne(segment);
  return width;
}

/** A text cut to so many columns, with … where something is missing. */
export function cut(text: string, columns: number): string {
  if (text.length <= columns && NARROW.test(text)) return text;
  let [width, whole, short] = [0, "", ""];
  for (const { segment } of graphemes.segment(text)) {
    width += widthOfOne(segment);
    if (width > columns) return columns > 0 ? `${short}…` : "";
    whole += segment;
    if (width < columns) short = whole;
  }
  return whole;
}

/** Puts parts on as few lines as they fit on; one that is longer than a line has one of its own. */
export function folded(parts: readonly string[], columns: number, between: string): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)}${between}${part}`;
    if (lines.length > 0 && widthOf(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

/** A text with blanks behind it, so that it takes at least so many columns. */
export const padded = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - widthOf(text)));

/** How many columns the widest of some texts takes. */
export const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));

/** The cells of some rows below each other, two columns of a terminal apart. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const most = Math.max(0, ...rows.map((cells) => cells.length));
  const widths = Array.from({ length: most }, (_, at) => widest(rows.map((cells) => cells[at] ?? "")));
  return rows.map((cells) =>
    cells
      .map((cell, at) => padded(cell, widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
