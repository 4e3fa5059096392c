import type { Block } from "../prompt.ts";
import { type Claim, claimsOf, type Said } from "./conversation.ts";
import { citedBy, support } from "./draft.ts";
import { cite } from "./sentences.ts";
import { type Side, sidesOf, speaksFor } from "./sides.ts";
import type { Choice } from "./specialists.ts";
import { fromSource, type Statement } from "./statements.ts";
import { BORNE_OUT } from "./verdict.ts";

export interface Judgement {
  winner: string | null;
  reasons: string[];
  dissent: { position: string; argument: string }[];
  confidence: number;
}

/** A debate that is to be decided. */
export interface Judged {
  task: string;
  positions: readonly Choice[];
  /** Those that may win. */
  mayWin: readonly string[];
  sources: readonly Block[];
  said: readonly Said[];
}

/** The most that a clear majority of claims counts for: they are counted, not weighed. */
const HIGHEST = 0.8;

/** What a position can show for itself. */
interface Case {
  name: string;
  /** Its claims that their sources bear out, and that do not speak for another position; the clearest first. */
  claims: Claim[];
}

/** Decides by how many claims for each position their sources bear out; nobody wins where two have as many. */
export function judge({ task, positions, mayWin, sources, said }: Judged): Judgement {
  const sides = sidesOf(task, positions);
  const statements = sources.flatMap(fromSource);
  const cases = sides.map((side) => caseFor(side, sides, statements, said));
  const ranked = cases
    .filter(({ name }) => mayWin.includes(name))
    .sort((a, b) => b.claims.length - a.claims.length);
  const [best, second] = ranked;
  const margin = (best?.claims.length ?? 0) - (second?.claims.length ?? 0);
  const winner = best && margin > 0 ? best : undefined;
  const total = cases.reduce((sum, { claims }) => sum + claims.length, 0);
  const counts = cases.map(({ name, claims }) => `“${name}” ${claims.length}`).join(", ");
  return {
    winner: winner?.name ?? null,
    reasons: [
      total === 0
        ? "No claim that was made and that its source bears out speaks for one position more than for another, so that there is nothing to weigh."
        : `Claims that speak for a position and that their sources bear out: ${counts}. They are counted here, not weighed.`,
      ...(winner?.claims.slice(0, 2).map(inWords) ?? []),
    ],
    dissent: cases
      .filter((each) => each !== winner && each.claims.length > 0)
      .map(({ name, claims }) => ({ position: name, argument: claims.slice(0, 1).map(inWords).join(" ") })),
    confidence: Math.round(Math.min(HIGHEST, total === 0 ? 0 : 0.5 + margin / (2 * total)) * 100) / 100,
  };
}

const inWords = ({ text, numbers }: Claim) => cite(text, numbers);

function caseFor(
  side: Side,
  sides: readonly Side[],
  statements: readonly Statement[],
  said: readonly Said[],
): Case {
  const claims = said
    .filter(({ from }) => from === side.name)
    .flatMap(claimsOf)
    .flatMap((claim) => {
      const [source] = bearing(claim, statements);
      return source ? [{ claim, for: speaksFor(source, side, sides) }] : [];
    })
    .filter((each) => each.for >= 1);
  return { name: side.name, claims: claims.sort((a, b) => b.for - a.for).map(({ claim }) => claim) };
}

/** The statements under a claim's numbers that bear it out, the one that says most of it first. */
function bearing(claim: Claim, statements: readonly Statement[]): Statement[] {
  const said = (each: Statement) => support(claim.text, [each]);
  return citedBy(inWords(claim), statements)
    .filter((each) => said(each) >= BORNE_OUT)
    .sort((one, other) => said(other) - said(one));
}
