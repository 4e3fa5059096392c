import { paragraphsOf } from "./article.ts";
import { directness } from "./directness.ts";
import { piecesOf } from "./markdown.ts";
import { indexOfBest, relevance } from "./ranking.ts";
import { citationsIn, withoutCitations } from "./sentences.ts";
import { type Statement, statement } from "./statements.ts";
import { topicStems } from "./words.ts";

/** How a task asks for a table. */
const TABLE =
  /\b(?:as|in|into) an? (?:\w+ ){0,2}table\b|\b(?:make|give me|write|draw up) an? (?:\w+ ){0,2}table\b/i;

/** From how many records on the most direct one stands above the topics. */
const LEAD_FROM = 4;

/**
 * Cited records as Markdown: as a table where the task asks for one; otherwise what answers it most directly, then
 * the others under their topics.
 */
export function format(task: string, records: string): string {
  const statements = recordsIn(records);
  if (TABLE.test(task)) return tableOf(statements);
  const lead = leadOf(task, statements);
  const rest = statements.filter((each) => each !== lead);
  const topics = [...new Set(rest.map(({ heading }) => heading))];
  const sections = topics.flatMap((topic) => [
    ...(topic && [`## ${topic}`]),
    ...paragraphsOf(rest.filter(({ heading }) => heading === topic)),
  ]);
  return [...(lead ? paragraphsOf([lead]) : []), ...sections].join("\n\n");
}

/** The records, each under its topic and without a mark of code that nothing closes: it would hide a citation. */
function recordsIn(records: string): Statement[] {
  return piecesOf(records).map(({ text, heading }) => {
    const claim = withoutCitations(text).trim();
    const isOpen = claim.split("`").length % 2 === 0;
    return statement(isOpen ? claim.replaceAll("`", "") : claim, { numbers: citationsIn(text), heading });
  });
}

function leadOf(task: string, statements: readonly Statement[]): Statement | undefined {
  if (statements.length < LEAD_FROM) return undefined;
  const topic = topicStems(task);
  const scores = relevance(
    topic,
    statements.map(({ stems }) => stems),
  );
  const values = statements.map(
    (each, at) => each.quality * directness(each.text, topic) * (scores[at] ?? 0),
  );
  return statements[indexOfBest(values)];
}

const tableOf = (statements: readonly Statement[]) =>
  [
    "| Topic | Statement | Sources |",
    "| --- | --- | --- |",
    ...statements.map(({ heading, text, numbers }) => {
      const cells = [heading, text, numbers.map((number) => `[${number}]`).join("")];
      return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    }),
  ].join("\n");
