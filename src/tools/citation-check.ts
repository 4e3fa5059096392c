import { z } from "zod";
import { splitSentences, withoutCitations } from "../models/offline/sentences.ts";
import { stems } from "../models/offline/words.ts";
import { citationsOf } from "../state/citations.ts";
import { knows, type Named, namesIn, numbersIn, numbersNamed, wordsNamed } from "./claim-words.ts";
import { lineAt, paragraphsOf, placeOf } from "./prose.ts";

/** A statement that its sources do not carry, as far as words tell. */
export const CitationFinding = z.object({
  kind: z.enum(["unknown_source", "little_in_common", "not_in_source", "no_citation"]),
  line: z.number().int().positive(),
  quote: z.string().describe("The statement."),
  sources: z.array(z.number().int()).describe("The citations that are meant."),
  missing: z.array(z.string()).describe("The figures and names that are not in the sources, or not cited."),
});
export type CitationFinding = z.infer<typeof CitationFinding>;

/** What a check of citations found. */
export const CitationReport = z.object({
  claims: z.number().int().describe("How many statements the text makes."),
  cited: z.number().int().describe("How many of them cite a source."),
  findings: z.array(CitationFinding).describe("By line; the first ones, where there are many."),
  omitted: z.number().int().describe("How many findings are left out."),
});
export type CitationReport = z.infer<typeof CitationReport>;

/** What a text may cite. */
export interface CitedSource {
  id: number;
  title?: string | undefined;
  text: string;
}

const MAX_FINDINGS = 50;
/** The share of a statement's content words that its sources have to know, and from how many words on that is asked. */
const LEAST_SHARE = 0.3;
const LEAST_WORDS = 3;
/** The lists of sources at the end of a text make no statements. */
const SOURCE_LIST = /^(?:sources|references|bibliography|citations|further reading)$/i;

/**
 * Checks a Markdown text's citations against its sources by words alone: whether each source is known, has words in
 * common with the statement that cites it, and knows the statement's figures and names; and which figures stand
 * without a citation.
 *
 * It tells what the sources do not say in these words, and not what is false: a paraphrase, a sum or a unit that was
 * converted may be found without fault, and a statement that turns its source round by a "not" is not found.
 */
export function checkCitations(markdown: string, sources: readonly CitedSource[]): CitationReport {
  const known = new Map(sources.map((source) => [source.id, namedIn(source)]));
  // What stands in code is no figure and no citation; two citations in a row would read as a Markdown link.
  const text = markdown
    .replace(/`[^`\n]{1,1000}`/g, (code) => code.replace(/\d/g, "#"))
    .replace(/\](?=\[\d)/g, "] ");
  const claims = paragraphsOf(text)
    .filter(({ heading }) => !SOURCE_LIST.test(heading))
    .flatMap((paragraph) =>
      splitSentences(paragraph.text).map((sentence) => ({ sentence, at: paragraph.at })),
    )
    .filter(({ sentence }) => stems(withoutCitations(sentence)).length > 0 && !/\?["”’)]*$/.test(sentence));
  const faults = claims.flatMap(({ sentence, at }) =>
    faultsOf(sentence, known).map((fault) => ({ ...fault, sentence, at })),
  );
  // Places are looked up only for what is shown.
  const findings = faults.slice(0, MAX_FINDINGS).map(({ sentence, at, ...fault }) => ({
    ...fault,
    line: lineAt(text, placeOf(text, sentence, at)),
    quote: sentence,
  }));
  return {
    claims: claims.length,
    cited: claims.filter(({ sentence }) => citationsOf(sentence).length > 0).length,
    findings,
    omitted: faults.length - findings.length,
  };
}

type Fault = Pick<CitationFinding, "kind" | "sources" | "missing">;

const namedIn = ({ title = "", text }: CitedSource): Named & { stems: ReadonlySet<string> } => {
  const whole = `${title}\n${text}`;
  return { words: wordsNamed(whole), numbers: numbersNamed(whole), stems: new Set(stems(whole)) };
};

function faultsOf(sentence: string, known: ReadonlyMap<number, ReturnType<typeof namedIn>>): Fault[] {
  const cited = citationsOf(sentence);
  const claim = withoutCitations(sentence);
  const figures = numbersIn(claim);
  if (cited.length === 0) {
    return figures.length > 0 ? [{ kind: "no_citation", sources: [], missing: figures }] : [];
  }
  const unknown = cited.filter((id) => !known.has(id));
  const there = cited
    .flatMap((id) => ({ id, named: known.get(id) }))
    .filter(({ named }) => named !== undefined);
  const faults: Fault[] =
    unknown.length > 0 ? [{ kind: "unknown_source", sources: unknown, missing: [] }] : [];
  if (there.length === 0) return faults;
  const content = [...new Set(stems(claim))];
  const strange = there.filter(({ named }) => {
    const shared = content.filter((stem) => named?.stems.has(stem)).length;
    return content.length >= LEAST_WORDS && shared / content.length < LEAST_SHARE / there.length;
  });
  const missing = [
    ...figures.filter((figure) => !there.some(({ named }) => named?.numbers.has(figure))),
    ...namesIn(claim).filter((name) => !there.some(({ named }) => named && knows(named, name))),
  ];
  if (strange.length > 0) {
    faults.push({ kind: "little_in_common", sources: strange.map(({ id }) => id), missing });
  } else if (missing.length > 0) {
    faults.push({ kind: "not_in_source", sources: there.map(({ id }) => id), missing });
  }
  return faults;
}
