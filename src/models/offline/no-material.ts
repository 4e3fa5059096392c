import { shortened } from "./titles.ts";

const SELF = "This is the offline model, without a language model behind it";

/** What is said when there is nothing to answer from. */
export const withoutMaterial = (task: string) =>
  `${SELF}: it has no material on “${shortened(task.trim().replace(/\s+/g, " ") || "this task", 160)}”, so it cannot answer. ` +
  "Give it documents that are about the task with `--docs`, or set OPENAI_API_KEY to have a language model answer.";

/** Whether a text is that statement. */
export const isWithoutMaterial = (text: string) => text.includes(SELF);
