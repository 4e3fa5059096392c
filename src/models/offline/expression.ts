const NUMBER = String.raw`(?:\d+(?:,\d{3})+|\d+)(?:\.\d+)?%?`;
const CALL = String.raw`(?:sqrt|cbrt|abs|round|floor|ceil|min|max|pow|ln|log2|log10|exp)\s*\([^()]*\)`;
const OPERAND = String.raw`[-(\s]*(?:${CALL}|${NUMBER})[\s)!]*`;
const EXPRESSION = new RegExp(
  String.raw`${OPERAND}(?:(?:\*\*|[-+*/^×·÷−x%]|\bof\b)\s*${OPERAND})+|${CALL}`,
  "gi",
);
const ASKS = /\b(?:calculate|compute|evaluate|how much|how many|what(?:'s| is| are)|sum|result|equals?)\b/i;

/**
 * The arithmetic expressions in a text, as a calculator reads them. Dates, ranges and versions are
 * none: without spaces around it, a hyphen or a slash counts only where the text asks to calculate.
 */
export function expressionsIn(text: string): string[] {
  const found = [...text.matchAll(EXPRESSION)].filter(({ 0: raw, index }) => {
    const from = index + raw.length - raw.trimStart().length;
    const to = index + raw.trimEnd().length;
    return !/[\p{L}\d.\-/]/u.test(text.charAt(from - 1)) && !/[\p{L}\d/]/u.test(text.charAt(to));
  });
  const meant = found.map(({ 0: raw }) => raw).filter((raw) => isMeant(raw, text));
  return [...new Set(meant.map(written).filter((raw) => /\d/.test(raw)))];
}

/** The text without its arithmetic and the words that ask for it: what else there is to look up. */
export const withoutExpressions = (text: string) =>
  text.replace(EXPRESSION, " ").replace(/\b(?:calculate|compute)\b/gi, " ");

function isMeant(raw: string, text: string): boolean {
  if (/^\s*\d{4}-\d{1,2}-\d{1,2}\s*$/.test(raw) || /^\s*\d+(?:\.\d+){2,}/.test(raw)) return false;
  if (/[+*^×·÷(]|\s[-−/x]\s|%\s*of\b/i.test(raw)) return true;
  return ASKS.test(text) && /[-/−]/.test(raw);
}

function written(raw: string): string {
  const plain = raw
    .trim()
    .replace(/(?<=\d),(?=\d{3})/g, "")
    .replace(/(\d+(?:\.\d+)?)%/g, "$1 / 100")
    .replace(/\bof\b/gi, "*")
    .replaceAll("**", "^")
    .replace(/[×·]|(?<=[\d)\s])x(?=[\s\d(])/g, "*")
    .replaceAll("÷", "/")
    .replaceAll("−", "-")
    .replace(/\s+/g, " ");
  const open = plain.split("(").length - plain.split(")").length;
  if (open < 0) return plain.replace(new RegExp(`(?:\\s*\\)){${-open}}\\s*$`), "");
  return open > 0 ? plain.replace(new RegExp(`^(?:\\s*\\(){${open}}`), "").trim() : plain;
}
