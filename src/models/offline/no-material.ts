import { shortened } from "./titles.ts";

const SELF = "This is the offline model, without a language model behind it";

/** What is said when there is nothing to answer from. */
export const withoutMaterial = (task: string) =>
  `${SELF}: it has no material on “${shortened(task.trim().replace(/\s+/g, " ") || "this task", 160)}”, so it cannot answer. ` +
  "Give it documents that are about the task with `--docs`, or set OPENAI_API_KEY to have a language model answer.";

/** What a speaker says who has nothing to add to what was said. */
export const NOTHING_MORE = "The sources shown say nothing more that was not said.";

/** Whether a text is one of these statements. */
export const isWithoutMaterial = (text: string) => text.includes(SELF) || text.trim() === NOTHING_MORE;

const TRIED = "Revised for the review, and still without material: ";

/** The statement after one more revision, which cannot mend it; it says how often that was tried. */
export const triedAgain = (statement: string) => {
  const tried = timesTried(statement) + 1;
  return `${statement.split(`\n\n${TRIED}`)[0]}\n\n${TRIED}${tried === 1 ? "once" : `${tried} times`}.`;
};

/** How many revisions of the statement could not mend it. */
export function timesTried(statement: string): number {
  const [, said] = statement.split(TRIED);
  if (said === undefined) return 0;
  return said.startsWith("once") ? 1 : Number.parseInt(said, 10);
}
