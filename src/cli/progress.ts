import type { RunEvent } from "../events/events.ts";
import { OFFLINE } from "../models/candidates.ts";
import type { Spend } from "../outcomes/spend.ts";

const OFFLINE_WORD =
  "The offline model writes: no language model, only sentences taken from the documents. Set OPENAI_API_KEY or OPENAI_BASE_URL for a language model.";

/** What a node spent in one of its rounds. */
interface Round {
  begun: number;
  calls: number;
  spend: Omit<Spend, "calls" | "ms">;
}

/** Writes plain lines of progress: which node, in which loop, tokens, money, time. */
export class Progress {
  readonly #write: (line: string) => void;
  readonly #title: string;
  readonly #rounds = new Map<string, number>();
  readonly #open = new Map<string, Round>();
  readonly #said = new Set<string>();
  #started = 0;

  constructor(write: (line: string) => void, title: string) {
    this.#write = write;
    this.#title = title;
  }

  /** Whether the run has begun: before that, there is nothing to go on with. */
  get begun(): boolean {
    return this.#started > 0;
  }

  /** Takes each event of a run, in order. */
  readonly onEvent = (event: RunEvent): void => {
    const at = Date.parse(event.at);
    if (event.type === "run_started") {
      this.#started = at;
      this.#write(`${this.#title} ${event.threadId}`);
    } else if (event.type === "node_started") {
      this.#rounds.set(event.node, (this.#rounds.get(event.node) ?? 0) + 1);
      this.#open.set(event.node, {
        begun: at,
        calls: 0,
        spend: { inputTokens: 0, outputTokens: 0, usd: 0, estimated: false },
      });
      this.#line(at, event.node, "…");
    } else if (event.type === "node_ended") {
      this.#line(at, event.node, this.#ended(event, at));
    } else if (event.type === "spend") {
      this.#count(event);
      if (event.model === OFFLINE) this.#once(at, OFFLINE_WORD);
    } else {
      const said = sayingOf(event);
      if (said && event.type === "note") this.#once(at, said, event.node);
      else if (said) this.#line(at, "node" in event ? event.node : "", said);
    }
  };

  #once(at: number, said: string, node = "") {
    if (!this.#said.has(said)) this.#line(at, node, said);
    this.#said.add(said);
  }

  #count({ node, usage }: Extract<RunEvent, { type: "spend" }>) {
    const round = this.#open.get(node);
    if (!round) return;
    round.calls += 1;
    round.spend = {
      inputTokens: round.spend.inputTokens + usage.inputTokens,
      outputTokens: round.spend.outputTokens + usage.outputTokens,
      usd: usage.usd === null || round.spend.usd === null ? null : round.spend.usd + usage.usd,
      estimated: round.spend.estimated || usage.estimated,
    };
  }

  #ended({ node, outcome }: Extract<RunEvent, { type: "node_ended" }>, at: number): string {
    const round = this.#open.get(node);
    const how = outcome === "ok" ? "done" : outcome;
    if (!round) return how;
    const calls = round.calls > 0 && `${counted(round.calls, "call")} · ${spending(round.spend)}`;
    return [how, calls, seconds(at - round.begun)].filter(Boolean).join(" · ");
  }

  #line(at: number, node: string, text: string) {
    const round = this.#rounds.get(node) ?? 1;
    const named = round > 1 ? `${node} (${round})` : node;
    this.#write(`${seconds(at - this.#started).padStart(8)}  ${[named, text].filter(Boolean).join(" ")}`);
  }
}

/** What else happens inside a node, in words. */
function sayingOf(event: RunEvent): string | undefined {
  switch (event.type) {
    case "tool":
      return `${event.tool} ${JSON.stringify(event.args)}${event.ok ? "" : " failed"}`;
    case "retry":
      return `retry ${event.attempt} in ${seconds(event.delayMs)}: ${event.reason}`;
    case "fallback":
      return `${event.model} failed, asking ${event.to}: ${event.reason}`;
    case "asked_again":
      return `asked again for a valid ${event.schema}: ${event.reason}`;
    case "note":
      return event.text;
    default:
      return undefined;
  }
}

/** A number of things. */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** Tokens and money in words. */
export function spending({ inputTokens, outputTokens, usd, estimated }: Omit<Spend, "calls" | "ms">): string {
  const tokens = `${estimated ? "about " : ""}${(inputTokens + outputTokens).toLocaleString("en")} tokens`;
  return `${tokens} · ${usd === null ? "cost unknown" : money(usd)}`;
}

const money = (usd: number) => (usd === 0 ? "no cost" : `$${usd.toFixed(usd < 0.01 ? 6 : 4)}`);

/** Milliseconds as seconds. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
