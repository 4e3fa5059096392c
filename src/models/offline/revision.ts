import { paragraphsOf } from "./article.ts";
import { type DraftSection, headingText, readDraft, sentencesIn, support, writeDraft } from "./draft.ts";
import { matchesQuote, type ReadObjection, readObjections } from "./objections.ts";
import type { Outline } from "./outline.ts";
import { indexOfBest, likeness, overlap } from "./ranking.ts";
import { cite, splitSentences, withoutCitations } from "./sentences.ts";
import type { Statement } from "./statements.ts";
import { BORNE_OUT, COVERED } from "./verdict.ts";
import { stems, wordCount } from "./words.ts";

/** What a revision works from. */
export interface Revised {
  draft: string;
  objections: string;
  outline: Outline;
  statements: readonly Statement[];
}

/** Mends what the objections name, from the notes alone, and leaves the rest of the draft as it is. */
export function revise({ draft, objections, outline, statements }: Revised): string {
  const sections = readDraft(draft);
  for (const objection of readObjections(objections)) {
    if (objection.aspect === "structure") addSection(sections, objection, outline, statements);
    else if (objection.aspect === "completeness" || objection.aspect === "")
      cover(sections, objection, outline, statements);
    else mendSentences(sections, objection, statements);
  }
  return writeDraft(sections);
}

/** A statement counts as said when one sentence of the draft has this part of its content words. */
const SAID = 0.95;

const isSaid = (sections: readonly DraftSection[], statement: Statement) =>
  sections.some(({ blocks }) =>
    blocks.flatMap(sentencesIn).some((sentence) => overlap(statement.stems, stems(sentence)) >= SAID),
  );

/** Adds what the notes say on a missing point; a point that no note bears out stays missing. */
function cover(
  sections: readonly DraftSection[],
  { quotes, text }: ReadObjection,
  outline: Outline,
  statements: readonly Statement[],
): void {
  const wanted = stems(quotes[0] ?? text);
  const home = outline.sections.find(({ points }) =>
    points.some((point) => matchesQuote(point, quotes[0] ?? "")),
  );
  const unsaid = statements.filter((each) => !isSaid(sections, each));
  const at = indexOfBest(
    unsaid.map((each) => overlap(wanted, each.stems)),
    quotes.length > 0 ? COVERED - 0.01 : 0.2,
  );
  const found = unsaid[at];
  if (!found) return;
  place(sectionFor(sections, quotes[1] ?? home?.heading ?? "", found), found, statements);
}

/** The section with a heading, else the one that speaks of the same. */
function sectionFor(
  sections: readonly DraftSection[],
  heading: string,
  statement: Statement,
): DraftSection | undefined {
  const byName = indexOfBest(
    sections.map(({ heading: own }) => {
      if (heading === "" || /^#\s/.test(own)) return 0;
      return headingText(own) === heading ? 2 : likeness(stems(own), stems(heading));
    }),
    0.5,
  );
  const byText = indexOfBest(
    sections.map(({ heading: own, blocks }) =>
      own ? likeness(stems(blocks.join(" ")), statement.stems) : -1,
    ),
    -1,
  );
  return sections[byName] ?? sections[byText] ?? sections.at(-1);
}

const PARAGRAPH_WORDS = 80;

const isProse = (block: string | undefined): block is string =>
  block !== undefined && /^[^\s|>#*+~-](?!``)/.test(block);

/** Puts a statement into a section where it stands among the notes: before the first sentence of a later note. */
function place(
  section: DraftSection | undefined,
  statement: Statement,
  statements: readonly Statement[],
): void {
  if (!section) return;
  const added = cite(statement.text, statement.numbers);
  const orderOf = (sentence: string) =>
    statements.findIndex((each) => overlap(each.stems, stems(sentence)) >= SAID);
  for (const [at, block] of section.blocks.entries()) {
    const later = isProse(block)
      ? sentencesIn(block).find((sentence) => orderOf(sentence) > statements.indexOf(statement))
      : undefined;
    if (later && block.includes(later)) {
      section.blocks[at] = block.replace(later, () => `${added} ${later}`);
      return;
    }
  }
  const last = section.blocks.at(-1);
  if (isProse(last) && wordCount(last) + wordCount(added) <= PARAGRAPH_WORDS) {
    section.blocks[section.blocks.length - 1] = `${last} ${added}`;
  } else section.blocks.push(added);
}

/** Adds a missing section with the notes on its points. */
function addSection(
  sections: DraftSection[],
  { quotes }: ReadObjection,
  outline: Outline,
  statements: readonly Statement[],
): void {
  const at = outline.sections.findIndex(({ heading }) => matchesQuote(heading, quotes[0] ?? ""));
  const wanted = outline.sections[at];
  if (!wanted) return;
  const found = wanted.points.flatMap((point) => {
    const best = indexOfBest(
      statements.map((each) => overlap(stems(point), each.stems)),
      COVERED - 0.01,
    );
    return statements[best] ?? [];
  });
  const unsaid = [...new Set(found)].filter((each) => !isSaid(sections, each));
  const blocks = paragraphsOf(unsaid.length > 0 ? unsaid : found.slice(0, 1));
  if (blocks.length === 0) return;
  const next = outline.sections.slice(at + 1).map(({ heading }) => heading);
  const before = sections.findIndex((section) => next.includes(headingText(section.heading)));
  sections.splice(before < 0 ? sections.length : before, 0, { heading: `## ${wanted.heading}`, blocks });
}

/** Cites, takes out or divides the sentences and paragraphs that an objection quotes. */
function mendSentences(
  sections: readonly DraftSection[],
  objection: ReadObjection,
  statements: readonly Statement[],
): void {
  for (const section of sections) {
    section.blocks = section.blocks.flatMap((block) => {
      const quote = objection.quotes.find((each) => matchesQuote(block, each));
      if (objection.aspect === "clarity" && quote && /^The paragraph/.test(objection.text))
        return divided(block);
      const sentence = sentencesIn(block).find((each) =>
        objection.quotes.some((named) => matchesQuote(each, named)),
      );
      if (!sentence) return [block];
      const mended = objection.aspect === "clarity" ? shorter(sentence) : sourced(sentence, statements);
      const flat = block.includes(sentence) ? block : block.replace(/\s+/g, " ");
      const left = flat
        .replace(sentence, () => mended)
        .replace(/ {2,}/g, " ")
        .trim();
      return /[\p{L}\p{N}]/u.test(left) ? [left] : [];
    });
  }
}

/** A sentence with the citation that bears it out; nothing if none does. */
function sourced(sentence: string, statements: readonly Statement[]): string {
  const cited = statements.filter(({ numbers }) => numbers.length > 0);
  const best = indexOfBest(
    cited.map((each) => support(sentence, [each])),
    BORNE_OUT - 0.01,
  );
  const found = cited[best];
  return found ? cite(withoutCitations(sentence), found.numbers) : "";
}

/** A sentence divided at a semicolon or before a clause, its citation kept in both halves. */
function shorter(sentence: string): string {
  const marks = sentence.match(/(?:\s*\[\d+\])+(?=[.!?]?$)/)?.[0] ?? "";
  const body = withoutCitations(sentence).replace(/[.]$/, "");
  const cuts = [...body.matchAll(/;\s|,\s(?:and|but)\s(?=(?:it|they|the|an?|each|every)\s)/g)];
  const middle = [...cuts].sort(
    (one, other) => Math.abs(one.index - body.length / 2) - Math.abs(other.index - body.length / 2),
  )[0];
  if (!middle) return sentence;
  const second = body.slice(middle.index + middle[0].length);
  return `${body.slice(0, middle.index)}${marks}. ${second.charAt(0).toUpperCase()}${second.slice(1)}${marks}.`;
}

function divided(block: string): string[] {
  const sentences = splitSentences(block);
  const middle = Math.ceil(sentences.length / 2);
  return [sentences.slice(0, middle).join(" "), sentences.slice(middle).join(" ")].filter(
    (half) => half !== "",
  );
}
