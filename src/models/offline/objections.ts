import type { Objection } from "../../outcomes/verdict.ts";
import { shortened } from "./titles.ts";

const QUOTED = 120;

/** What a review names word for word, so that a revision can find it again. */
export const quoted = (text: string) => `“${shortened(text.replace(/[“”]/g, '"'), QUOTED)}”`;

/** An objection as a revision reads it: its kind, its words, and what it quotes. */
export interface ReadObjection {
  aspect: Objection["aspect"] | "";
  text: string;
  quotes: string[];
}

/** Reads the lines `- [aspect] problem → change`; what is quoted is what the change is about. */
export function readObjections(text: string): ReadObjection[] {
  return text
    .split(/\n(?=\s*(?:[-*+]|\d+[.)])\s)|\n{2,}/)
    .map((line) => line.replace(/^\s*(?:[-*+]|\d+[.)])\s+/, "").trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [, aspect = "", rest = ""] = /^(?:\[(\w+)\])?\s*([\s\S]*)$/.exec(line) ?? [];
      const quotes = [...rest.matchAll(/“([^”]+)”|"([^"]{3,})"/g)].map(
        ([, curly, straight]) => curly ?? straight ?? "",
      );
      return { aspect: isAspect(aspect) ? aspect : "", text: rest, quotes };
    });
}

const ASPECTS: readonly string[] = ["accuracy", "completeness", "clarity", "structure", "citation"];
const isAspect = (word: string): word is Objection["aspect"] => ASPECTS.includes(word);

/** Whether a text begins with what a review quoted of it. */
export const matchesQuote = (text: string, quote: string) => {
  const [whole, part] = [text, quote.replace(/…$/, "")].map((each) =>
    each.replace(/[“”]/g, '"').replace(/\s+/g, " ").trim().toLowerCase(),
  );
  return whole !== undefined && !!part && whole.startsWith(part);
};
