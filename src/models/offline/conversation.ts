import type { Block } from "../prompt.ts";
import { isClaim, readDraft, sentencesIn } from "./draft.ts";
import { indexOfBest, isNew, isRepeat, shared } from "./ranking.ts";
import { citationsIn, withoutCitations } from "./sentences.ts";
import type { Statement } from "./statements.ts";
import { shortened } from "./titles.ts";
import { stems } from "./words.ts";

/** What one speaker said in a turn. */
export interface Said {
  from: string;
  text: string;
  isPerson: boolean;
}

/** One sentence that a speaker said, with what it cites. */
export interface Claim {
  from: string;
  text: string;
  numbers: readonly number[];
  stems: readonly string[];
}

/** The turns of a conversation in a prompt, in its order. */
export const turnsIn = (blocks: readonly Block[]): Said[] =>
  blocks
    .filter(({ name }) => name === "report")
    .map(({ attributes, text }) => ({
      from: attributes["from"] ?? "",
      text,
      isPerson: attributes["by"] === "person",
    }));

/** The cited sentences of a turn; what it quotes of others is not its own. */
export const claimsOf = ({ from, text }: Pick<Said, "from" | "text">): Claim[] =>
  readDraft(text)
    .flatMap(({ blocks }) => blocks.flatMap(sentencesIn))
    .filter((sentence) => isClaim(sentence) && citationsIn(sentence).length > 0)
    .map((sentence) => {
      const bare = withoutCitations(sentence);
      return { from, text: bare, numbers: citationsIn(sentence), stems: stems(bare) };
    });

/** The statements that nobody has made yet, each once. */
export const unsaid = (statements: readonly Statement[], said: readonly Claim[]): Statement[] =>
  statements.filter(
    (each, at) => !said.some((claim) => isRepeat(claim.stems, each.stems)) && isNew(each, at, statements),
  );

/** So many words have to be common to a claim and what answers it. */
const RELATED = 2;
const QUOTED = 160;

/** A claim of another, and the statement that bears on it most; none where none does. */
export interface Answered {
  claim: Claim;
  by: Statement | undefined;
}

/** What of others' claims can be answered best by one of some statements; undefined where nobody claims anything. */
export function answered(claims: readonly Claim[], statements: readonly Statement[]): Answered | undefined {
  const pairs = claims.flatMap((claim) =>
    statements.map((by) => {
      const common = shared(claim.stems, by.stems).length;
      return { claim, by, score: common < RELATED ? 0 : common / Math.sqrt(by.stems.length) };
    }),
  );
  const best = pairs[indexOfBest(pairs.map(({ score }) => score))];
  const [first] = claims;
  return best ?? (first && { claim: first, by: undefined });
}

/** A claim as a quotation of who made it. */
export const quotation = ({ from, text }: Claim) =>
  `> ${from}: “${shortened(text.replace(/[“”]/g, '"'), QUOTED)}”`;
