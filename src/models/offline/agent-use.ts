import { blocksOf } from "../prompt.ts";
import { isWithoutMaterial } from "./no-material.ts";
import type { Request } from "./request.ts";
import { matches } from "./specialists.ts";
import { comparedIn } from "./subtasks.ts";
import { hasText, type OfferedTool, type Use } from "./tools.ts";

/** What an agent answered that was called as a tool, and whether it was given what others had reported. */
interface Answered {
  text: string;
  isMade: boolean;
}

/**
 * The agents among the tools that a request needs next: tools that take a `task` in words. First those that find
 * out, at once, one call for each thing that the task compares; then, one after the other, those that also take
 * `material`: the first is given all reports, each further one the text of the one before. Nothing once all were
 * called, or where the first had nothing to report.
 */
export function nextAgents(request: Request, tools: readonly OfferedTool[]): Use[] {
  const agents = tools.filter((tool) => hasText(tool, "task"));
  const makers = agents.filter((tool) => hasText(tool, "material"));
  const finders = agents.filter((tool) => !makers.includes(tool));
  const wasCalled = ({ name }: OfferedTool) => request.results.some((result) => result.name === name);
  if (!request.results.some(({ args }) => "task" in args) && finders.length > 0) {
    return findings(request.task, finders);
  }
  const next = makers.find((tool) => !wasCalled(tool));
  const material = next && materialFor(request);
  return next && material ? [{ name: next.name, args: { task: request.task.trim(), material } }] : [];
}

/** The text that the last agent made out of what others had reported; undefined where none did. */
export const madeText = (request: Request): string | undefined =>
  answersIn(request).findLast(({ isMade }) => isMade)?.text;

function findings(task: string, finders: readonly OfferedTool[]): Use[] {
  const fitting = matches(task, finders).flatMap(({ score }, at) => (score > 0 ? (finders[at] ?? []) : []));
  const [only, ...more] = fitting.length > 0 ? fitting : finders;
  const compared = comparedIn(task);
  const asked = compared.length > 1 ? compared.map(({ text }) => text) : [task.trim()];
  if (only && more.length === 0) return asked.map((each) => ({ name: only.name, args: { task: each } }));
  return [only, ...more].flatMap((tool) => (tool ? [{ name: tool.name, args: { task: task.trim() } }] : []));
}

function materialFor(request: Request): string {
  const made = madeText(request);
  return (
    made ??
    answersIn(request)
      .map(({ text }) => text)
      .join("\n\n")
  );
}

const answersIn = ({ results }: Request): Answered[] =>
  results.flatMap(({ text, args }) =>
    blocksOf(text)
      .filter((block) => block.name === "report" && !isWithoutMaterial(block.text))
      .map((block) => ({ text: block.text.trim(), isMade: Boolean(args["material"]) })),
  );
