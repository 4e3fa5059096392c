import type { Block } from "../prompt.ts";
import { indexOfBest, isNew, likeness } from "./ranking.ts";
import { relevantStatements } from "./research.ts";
import { splitSentences } from "./sentences.ts";
import { fromSource, type Statement } from "./statements.ts";
import { stems } from "./words.ts";

/** A statement, and the words of its source. */
interface Extracted {
  claim: string;
  quote: string;
  source: number;
}

/** How many statements are taken of a given text that does not share its words with the task. */
const MOST_OF_GIVEN = 12;
/** How much a sentence and a statement have in common where one was made of the other. */
const SAME = 0.6;

/**
 * What the sources say on a task, each with its words as they stand there. A text that was given with the task is
 * what the task is about, whatever words it is put in: where no sentence stands out, its best ones are taken.
 */
export function extract(task: string, sources: readonly Block[]): Extracted[] {
  const found = relevantStatements(task, sources);
  const given = sources.filter(({ attributes }) => "given" in attributes);
  return (found.length > 0 ? found : best(given.flatMap(fromSource))).flatMap((statement) => {
    const [source] = statement.numbers;
    const text = sources.find(({ attributes }) => Number(attributes["id"]) === source)?.text ?? "";
    const quote = verbatim(statement.text, text);
    return source !== undefined && quote ? [{ claim: statement.text, quote, source }] : [];
  });
}

/** The statements that stand best alone, without repeats, in their order. */
function best(statements: readonly Statement[]): Statement[] {
  const distinct = statements.filter(isNew);
  const chosen = new Set([...distinct].sort((a, b) => b.quality - a.quality).slice(0, MOST_OF_GIVEN));
  return distinct.filter((each) => chosen.has(each));
}

/** A statement in the words of its source: as it stands, with the first letter of the source, or its whole sentence. */
function verbatim(statement: string, source: string): string | undefined {
  const text = source.replace(/\s+/g, " ");
  const at = text.indexOf(statement.slice(1));
  if (at > 0) return text.slice(at - 1, at - 1 + statement.length);
  const sentences = source.split("\n").flatMap(splitSentences);
  const nearest = indexOfBest(
    sentences.map((sentence) => likeness(stems(sentence), stems(statement))),
    SAME,
  );
  const sentence = sentences[nearest];
  return sentence && text.includes(sentence) ? sentence : undefined;
}
