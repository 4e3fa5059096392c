import type { Happening } from "../events/events.ts";
import type { Budget, Cap, Spend } from "../outcomes/spend.ts";
import { type AgentMessage, EVERYONE } from "../state/messages.ts";
import type { BranchView, NodeView } from "./run-view.ts";
import { cut } from "./width.ts";
import { clock, cost, counted, number, seconds, spending, tokenCount } from "./words.ts";

/** Said once, with the offline model's first call. */
export const OFFLINE_WORD =
  "The offline model writes: no language model, only sentences taken from the documents. Set OPENAI_API_KEY or OPENAI_BASE_URL for a language model.";

/** How a node ended, with what it spent and how long it took. */
export function endInWords(how: string, node: NodeView | undefined, at: number): string {
  if (!node) return how;
  return [how, ...spentBy(node), seconds(at - node.begun)].join(" · ");
}

/** What a node's calls have spent so far, if it made any. */
export const spentBy = ({ spend }: NodeView): string[] =>
  spend && spend.calls > 0 ? [counted(spend.calls, "call"), spending(spend)] : [];

/** How a branch stands: how long it runs, or how it ended. */
export function branchInWords({ who, begun, ended }: BranchView, now: number): string {
  if (!ended) return `${who} … ${clock(now - begun)}`;
  const { status, why, ms } = ended;
  const how = status === "ok" ? "done" : status.replace("_", " ");
  return `${who} ${how}${why ? `: ${why}` : ""} · ${seconds(ms)}`;
}

/** How far a node's branches have come: `12 of 100 done, 8 failed`. */
export function branchesInWords(branches: readonly BranchView[]): string {
  const counts = new Map<string, number>();
  for (const { ended } of branches) {
    const how = ended?.status.replace("_", " ") ?? "running";
    counts.set(how, (counts.get(how) ?? 0) + 1);
  }
  const { ok = 0, running = 0, ...short } = Object.fromEntries(counts);
  const others = Object.entries(short).map(([how, count]) => `${count} ${how}`);
  if (running > 0) others.push(`${running} running`);
  return [`${ok} of ${branches.length} done`, ...others].join(", ");
}

/** How much is used of what a cap bounds, and of how much where the budget caps it. */
export function usedInWords(cap: Cap, budget: Budget, { calls, usd, ms, ...tokens }: Spend): string {
  const limit = budget[cap];
  const of = (words: string) => (limit === undefined ? "" : ` of ${words}`);
  if (cap === "calls")
    return limit === undefined ? counted(calls, "call") : `${number(calls)}${of(counted(limit, "call"))}`;
  if (cap === "tokens") return `${tokenCount(tokens)}${of(number(limit ?? 0))} tokens`;
  if (cap === "usd") return `${limit !== undefined && usd === 0 ? "$0" : cost(usd)}${of(`$${limit}`)}`;
  return `${clock(ms)}${of(clock(limit ?? 0))}`;
}

/** Says that a cap's soft threshold is passed. */
export const lowInWords = (cap: Cap, budget: Budget, spend: Spend): string =>
  `The budget is nearly used up (${usedInWords(cap, budget, spend)}): the run prefers to finish.`;

const CIRCUITS = {
  open: "its endpoint failed too often in a row, and is left alone for a while",
  half_open: "its endpoint is probed by one call",
  closed: "its endpoint answers again",
} as const;

const PERMISSIONS = {
  denied: "not allowed",
  asked: "waits for approval",
  approved: "approved",
} as const;

const EFFECTS = {
  done: "done",
  recorded: "done before; not done again",
  unknown: "nobody knows whether it was done",
  not_done: "not done",
} as const;

/** How much of a text of agents is said, in columns. */
const MOST_SAID = 100;

function messageInWords({ from, to, type, content, metadata }: AgentMessage): string {
  const way = `${from} → ${to === EVERYONE ? "all" : to}`;
  const said = cut(content.replace(/\s+/g, " ").trim(), MOST_SAID);
  if (type !== "status") return `${way}, ${type}: ${said}`;
  const far = `${Math.floor(metadata.progress * 100)} %, ${metadata.step}`;
  return `${way}, ${far}${said && said !== `${metadata.step}.` ? `: ${said}` : ""}`;
}

/** How much of a tool's arguments is said, in columns: an agent that is a tool may be given a whole text. */
const MOST_ARGUMENTS = 300;

/** What else happens inside a node; undefined for what is not told. */
export function noteInWords(event: Happening): string | undefined {
  switch (event.type) {
    case "tool":
      return `${event.tool} ${cut(JSON.stringify(event.args), MOST_ARGUMENTS)}${event.ok ? "" : " failed"}`;
    case "permission":
      return `${event.tool}: ${PERMISSIONS[event.decision]}: ${event.reason}`;
    case "cached":
      return `${event.what} answered from the cache`;
    case "retry":
      return `retry ${event.attempt} in ${seconds(event.delayMs)}: ${event.reason}`;
    case "fallback":
      return `${event.model} failed, asking ${event.to}: ${event.reason}`;
    case "queued":
      return `${event.model} is asked by as many as it may be; waiting`;
    case "circuit":
      return `${event.model}: ${CIRCUITS[event.state]}`;
    case "effect":
      return `effect ${event.key}: ${EFFECTS[event.state]}`;
    case "stood_in":
      return `the ${event.role} failed, the ${event.by} stands in: ${event.reason}`;
    case "asked_again":
      return `asked again for a valid ${event.schema}: ${event.reason}`;
    case "message":
      return messageInWords(event.message);
    case "delegated": {
      const to = event.to === null ? "nobody" : `the ${event.to}`;
      return `${to} gets “${cut(event.task, MOST_SAID)}”: ${event.reason}`;
    }
    case "note":
      return event.text;
    default:
      return undefined;
  }
}
