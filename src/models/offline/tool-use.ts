import { nextAgents } from "./agent-use.ts";
import { expressionsIn, withoutExpressions } from "./expression.ts";
import { fill } from "./filling.ts";
import { materialOf, perspectiveOf, type Request, sourcesOf } from "./request.ts";
import { relevantStatements } from "./research.ts";
import { matches } from "./specialists.ts";
import { hasText, type OfferedTool, type Use } from "./tools.ts";
import { topicWords } from "./words.ts";

const MOST_SEARCHES = 2;
const QUERY_WORDS = 8;

/**
 * The tool calls that a request needs next: the agents that it may call; or a calculation that is still to be done,
 * or a search, which is tried once more in other words if it found nothing on the task. None once there is an answer.
 */
export function nextUses(request: Request, tools: readonly OfferedTool[]): Use[] {
  const agents = nextAgents(request, tools);
  const use = agents.length > 0 ? undefined : nextUse(request, tools);
  return use ? [use] : agents;
}

function nextUse(request: Request, tools: readonly OfferedTool[]): Use | undefined {
  const calculator = tools.find((tool) => hasText(tool, "expression"));
  const pending = expressionsIn(request.task)
    .map((expression) => ({ expression }))
    .find((args) => calculator && !isDone(request, { name: calculator.name, args }));
  if (calculator && pending) return argued(calculator, pending, request);
  if (calculator && expressionsIn(request.task).length > 0) return undefined;
  return nextSearch(request, tools);
}

function nextSearch(request: Request, tools: readonly OfferedTool[]): Use | undefined {
  const searches = tools.filter((tool) => hasText(tool, "query"));
  const made = request.results.filter(({ args }) => "query" in args);
  const found = relevantStatements(withoutExpressions(request.task), sourcesOf(request)).length > 0;
  if (searches.length === 0 || made.length >= MOST_SEARCHES || (made.length > 0 && found)) return undefined;
  const [best] = matches(request.task, searches)
    .map((match, at) => ({ tool: searches[at], score: match.score }))
    .sort((one, other) => other.score - one.score);
  const tool = best?.tool;
  const query = queriesOf(request).find(
    (each) => tool && !isDone(request, { name: tool.name, args: { query: each } }),
  );
  return tool && query ? argued(tool, { query }, request) : undefined;
}

/** What to search for: from a perspective first for the task as it bears on that. */
function queriesOf(request: Request): string[] {
  const plain = queries(request.task);
  const angle = perspectiveOf(request).slice(0, QUERY_WORDS);
  return plain[0] !== undefined && angle.length > 0 ? [`${plain[0]} ${angle.join(" ")}`, ...plain] : plain;
}

/** A task as keywords: all of them, then only the longest two, which tell most. */
function queries(task: string): string[] {
  const topic = topicWords(withoutExpressions(task));
  const longest = [...topic].sort((one, other) => other.length - one.length).slice(0, 2);
  const narrow = topic.filter((word) => longest.includes(word));
  return [topic.slice(0, QUERY_WORDS).join(" "), narrow.join(" "), longest[0] ?? ""].filter(
    (query) => query !== "",
  );
}

/** The call of a tool that must be called, whatever the request. */
export function forcedUse(request: Request, tool: OfferedTool): Use {
  const [expression] = expressionsIn(request.task);
  const [query] = queriesOf(request);
  const given = {
    ...(expression && hasText(tool, "expression") && { expression }),
    ...(query && hasText(tool, "query") && { query }),
  };
  return argued(tool, given, request);
}

/** A call with the arguments that are known, and the required ones that are not, by the schema. */
function argued({ name, parameters }: OfferedTool, given: Record<string, unknown>, request: Request): Use {
  const required = Array.isArray(parameters["required"]) ? parameters["required"] : [];
  const missing = required.filter((key) => !(String(key) in given));
  if (missing.length === 0 && Object.keys(given).length > 0) return { name, args: given };
  const filled = fill(parameters, { task: request.task, statements: materialOf(request) });
  const kept = Object.entries(filled ?? {}).filter(
    ([key]) => Object.keys(given).length === 0 || missing.includes(key),
  );
  return { name, args: { ...Object.fromEntries(kept), ...given } };
}

const isDone = ({ results }: Request, { name, args }: Use) =>
  results.some((result) => result.name === name && JSON.stringify(result.args) === JSON.stringify(args));
