import type { RunResult } from "../outcomes/run-result.ts";
import type { Cap } from "../outcomes/spend.ts";
import { redacted } from "../security/redact.ts";
import { settings } from "../settings.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import type { RunSettings } from "./options.ts";
import { formsOf } from "./questions.ts";
import { counted, harmless, seconds, spending } from "./words.ts";

/** A status in words. */
export const statusInWords = ({ status }: Pick<RunResult, "status">): string => status.replace("_", " ");

/** How a run ended, and what it came to. */
export function endInWords(result: RunResult): string {
  const { path, spend } = result;
  const facts = [counted(path.length, "node"), counted(spend.calls, "call"), spending(spend)];
  return [statusInWords(result), ...facts, seconds(spend.ms)].join(" · ");
}

/** What a run asks, and below each question the forms of its answer. */
export const askedBy = ({ interrupts }: RunResult): string[] =>
  interrupts.flatMap((question) => [
    `Asked (${harmless(question.id)}): ${harmless(JSON.stringify(redacted(question.value)))}`,
    ...formsOf(question).map((form) => `  answer: ${harmless(form)}`),
  ]);

/** The command that goes on with a run; undefined where it is done, or kept nowhere. */
export function goOnWith(
  { name }: CatalogueEntry,
  result: RunResult,
  options: RunSettings,
  command: string,
): string | undefined {
  if (result.status === "done" || settings().databaseUrl === "memory:") return undefined;
  const again = [command, name, "--thread", quoted(result.threadId), resumeOf(result)];
  for (const option of ["docs", "roles", "mcp"] as const) {
    const value = options[option];
    if (value !== undefined) again.push(`--${option}`, quoted(value));
  }
  return harmless(again.join(" "));
}

/** A word as a shell takes it. */
const quoted = (word: string) => (/^[\w./:@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function resumeOf({ status, error, interrupts }: RunResult): string {
  if (interrupts.length > 0) return "--resume ANSWER";
  if (status === "stalled") return "--resume --model ANOTHER";
  if (status !== "budget_exhausted") return "--resume";
  return `--resume ${CAPS[error?.cap ?? "calls"]}`;
}

/** The option that raises a cap. */
const CAPS: Record<Cap, string> = {
  calls: "--budget-calls N",
  tokens: "--budget-tokens N",
  usd: "--budget-usd X",
  ms: "--timeout SECONDS",
};
