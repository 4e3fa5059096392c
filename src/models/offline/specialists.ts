import type { Block } from "../prompt.ts";
import { expressionsIn } from "./expression.ts";
import { isStopWord, stem, words } from "./words.ts";

/** One of the choices that a prompt offers. */
export interface Choice {
  name: string;
  description: string;
}

/** How well a choice fits a task, and by which of the task's words. */
export interface Match {
  choice: Choice;
  score: number;
  words: string[];
}

/** Words of a task that speak for a kind of specialist, by what the specialist is called. */
const CUES: readonly [called: RegExp, cues: string][] = [
  [
    /research|search|investigat|analys|fact/,
    "research find search compare explain investigate analyse analyze evaluate learn source documents evidence why how what history difference overview facts study survey understand",
  ],
  [
    /writ|copy|content|author|editor|creative/,
    "write draft article email e-mail blog post essay story letter poem newsletter rewrite edit headline slogan press tone announcement compose tweet speech",
  ],
  [
    /cod|engineer|develop|program|math|calcul|comput/,
    "code function implement debug program script refactor compile typescript javascript python algorithm bug calculate compute sum multiply divide add subtract percent average equation number",
  ],
  [
    /\bqa\b|quality|review|test|verif|check|critic/,
    "check verify review validate proofread test correct mistakes errors audit",
  ],
  [/billing|payment|account/, "invoice refund bill charge pay payment price subscription card receipt"],
  [/technical|support|trouble/, "error crash broken install fail slow bug login password reset"],
];
/** What a cue word, or the name, counts against a word of the description. */
const STRONG = 2;
const GENERAL = /^(?:general(?:ist)?|other|default|fallback|misc(?:ellaneous)?|any)$/i;

export const isGeneral = ({ name }: Choice) => GENERAL.test(name);

/** Whether a choice judges the work of the others. */
export const isReviewer = ({ name, description }: Choice) =>
  /^(?:qa|quality|review|critic|test|verif|check)/i.test(name) ||
  /^(?:reviews?|checks?|verif)/i.test(description);

/** Reads the lines `- name: description`. */
export function choicesIn(blocks: readonly Block[]): Choice[] {
  return blocks
    .filter(({ name }) => name === "choices")
    .flatMap(({ text }) => text.split("\n"))
    .flatMap((line) => {
      const [, name, description = ""] = /^\s*[-*]\s+[`*]*([^:`*]+?)[`*]*(?::\s*(.*))?$/.exec(line) ?? [];
      return name ? [{ name: name.trim(), description: description.trim() }] : [];
    });
}

/** How well each choice fits, in the order of the choices. A general one fits by its description alone. */
export function matches(task: string, choices: readonly Choice[]): Match[] {
  const asked = new Map(words(task).map((word) => [stem(word), word]));
  if (expressionsIn(task).length > 0) asked.set("calculat", "an arithmetic expression");
  return choices.map((choice) => {
    const cues = new Set(
      isGeneral(choice)
        ? []
        : CUES.filter(([called]) => called.test(choice.name.toLowerCase())).flatMap(([, list]) =>
            words(list).map(stem),
          ),
    );
    const named = new Set(words(choice.name).map(stem));
    const described = new Set(
      words(choice.description)
        .filter((word) => !isStopWord(word))
        .map(stem),
    );
    const weights = [...asked].map(([key, word]) => ({
      word,
      weight: cues.has(key) || named.has(key) ? STRONG : described.has(key) ? 1 : 0,
    }));
    const counted = weights
      .filter(({ weight }) => weight > 0)
      .sort((one, other) => other.weight - one.weight);
    return {
      choice,
      score: counted.reduce((sum, { weight }) => sum + weight, 0),
      words: counted.map(({ word }) => word),
    };
  });
}
