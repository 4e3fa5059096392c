import { citationsOf } from "../../src/nodes/index.ts";
import type { Source } from "../../src/state/passage.ts";
import type { Records, Statements } from "./state.ts";

const MOST_SAID = 8;
const LONGEST = 120;

/** Why statements cannot be used: one names no source, or its quote does not stand in it. */
export const misquoted = ({ statements }: Statements, sources: readonly Source[]) =>
  inOne(statements.map((statement, at) => misquote(statement, at + 1, sources)));

/** Why records cannot be used: one refers to what does not exist or stands elsewhere, or a statement is lost. */
export const misfiled = (value: Records, given: Statements) =>
  inOne([
    ...value.records.map((record, at) => misfit(record, at + 1, given)),
    ...given.statements.map((_, at) => loss(at + 1, value)),
    ...value.dropped.map(({ statement }) =>
      statement > given.statements.length
        ? `statement ${statement}, which was dropped, does not exist`
        : undefined,
    ),
  ]);

/** Why a text cannot be used: it cites what no record rests on, or not all that they rest on. */
export function miscited(text: string, { records }: Records) {
  const cited = citationsOf(text);
  const known = inOrder(records.flatMap(({ sources }) => sources));
  return inOne([
    ...cited.map((id) =>
      known.includes(id) ? undefined : `no record rests on [${id}], but on ${known.join(", ")} alone`,
    ),
    ...known.map((id) => (cited.includes(id) ? undefined : `[${id}], on which a record rests, is not cited`)),
  ]);
}

/** Faults as one reason, the first ones where there are many; undefined if there is none. */
function inOne(faults: readonly (string | undefined)[]): string | undefined {
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length === 0) return undefined;
  const more = found.length > MOST_SAID ? [`and ${found.length - MOST_SAID} more`] : [];
  return `${[...found.slice(0, MOST_SAID), ...more].join("; ")}.`;
}

type Statement = Statements["statements"][number];

function misquote({ quote, source }: Statement, number: number, sources: readonly Source[]) {
  const named = sources.find(({ id }) => id === source);
  if (!named) {
    return `statement ${number} names source ${source}, but there are only ${sources.map(({ id }) => id).join(", ")}`;
  }
  if (stands(quote, named)) return undefined;
  const other = sources.find((each) => stands(quote, each));
  const hint = other ? `it stands in source ${other.id}` : "copy it as it is, or leave the statement out";
  const shown = quote.length > LONGEST ? `${quote.slice(0, LONGEST)}…` : quote;
  return `the quote ${JSON.stringify(shown)} of statement ${number} does not stand in source ${source}; ${hint}`;
}

/** Whether words stand in a source, whatever white space and which quotation marks they are written with. */
const stands = (quote: string, { text }: Source) => plain(text).includes(plain(quote));

const plain = (text: string) =>
  text
    .replace(/[“”„«»]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/\s+/g, " ")
    .trim();

function misfit(record: Records["records"][number], number: number, { statements }: Statements) {
  const absent = record.statements.filter((each) => each > statements.length);
  if (absent.length > 0) return `record ${number} has statement ${absent.join(", ")}, which does not exist`;
  const standIn = inOrder(record.statements.flatMap((each) => statements[each - 1]?.source ?? []));
  const named = inOrder(record.sources);
  return `${named}` === `${standIn}`
    ? undefined
    : `record ${number} names source ${named.join(", ")}, but its statements stand in ${standIn.join(", ")}`;
}

function loss(number: number, { records, dropped }: Records) {
  const isKept = records.some(({ statements }) => statements.includes(number));
  const isDropped = dropped.some(({ statement }) => statement === number);
  if (isKept && isDropped) return `statement ${number} is in a record, and dropped as well`;
  return isKept || isDropped
    ? undefined
    : `statement ${number} is lost: put it into a record, or drop it with the reason`;
}

const inOrder = (numbers: readonly number[]) => [...new Set(numbers)].sort((one, other) => one - other);
