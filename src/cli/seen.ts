import type { Happening, RunEvent } from "../events/events.ts";
import { OFFLINE } from "../models/candidates.ts";
import { type Cap, NOTHING_SPENT, sumOf } from "../outcomes/spend.ts";
import { type BranchView, named, type RunView, type Said } from "./run-view.ts";
import { branchInWords, endInWords, lowInWords, noteInWords, OFFLINE_WORD } from "./sayings.ts";

type Of<Type extends Happening["type"]> = Extract<Happening, { type: Type }>;

/** What is known of a run after its next event. Events of unknown types change nothing. */
export function seen(before: RunView, event: RunEvent): RunView {
  const at = Date.parse(event.at);
  const view: RunView = { ...before, said: [] };
  switch (event.type) {
    case "run_started": {
      const { threadId, budget, spend } = event;
      return { ...view, threadId, budget, spend, begun: at, spentAt: at };
    }
    case "node_started":
      return started(view, event, at);
    case "node_ended":
      return ended(view, event, at);
    case "spend":
      return spent(view, event, at);
    case "branch_started": {
      const branch = { who: event.who, begun: at, ended: undefined };
      return withBranch(view, event.node, branch);
    }
    case "branch_ended": {
      const { who, status, why, ms, node } = event;
      const branch = { who, begun: at - ms, ended: { status, why, ms } };
      const fault = status !== "ok";
      return saying(withBranch(view, node, branch), "branch", at, node, branchInWords(branch, at), fault);
    }
    default:
      return noted(view, event, at);
  }
}

function saying(
  view: RunView,
  kind: Said["kind"],
  at: number,
  node: string,
  text: string,
  fault = false,
): RunView {
  const who = named(node, view.rounds.get(node) ?? 1);
  return { ...view, said: [...view.said, { kind, at, who, text, fault }] };
}

function sayingOnce(view: RunView, at: number, node: string, text: string, fault = false): RunView {
  if (view.told.has(text)) return view;
  return saying({ ...view, told: new Set([...view.told, text]) }, "note", at, node, text, fault);
}

function started(view: RunView, { node, taskId }: Of<"node_started">, at: number): RunView {
  const round = (view.rounds.get(node) ?? 0) + 1;
  const rounds = new Map([...view.rounds, [node, round]]);
  const alone = !view.running.some((each) => each.node === node);
  const others = view.running.map((each) => (each.node === node ? { ...each, spend: null } : each));
  const spend = alone ? NOTHING_SPENT : null;
  const running = [...others, { taskId, node, round, begun: at, spend, branches: new Map() }];
  return saying({ ...view, rounds, running }, "started", at, node, "…");
}

function ended(view: RunView, { node: name, taskId, outcome }: Of<"node_ended">, at: number): RunView {
  const node = view.running.find((each) => each.taskId === taskId);
  const running = view.running.filter((each) => each !== node);
  const who = named(name, node?.round ?? view.rounds.get(name) ?? 1);
  const text = endInWords(outcome === "ok" ? "done" : outcome, node, at);
  const said: Said = { kind: "ended", at, who, text, fault: outcome === "failed", node };
  return { ...view, running, said: [said] };
}

function spent(view: RunView, event: Of<"spend">, at: number): RunView {
  const { node, usage, total, low, model } = event;
  const call = { ...usage, calls: 1, ms: event.ms };
  const running = view.running.map((each) =>
    each.node === node && each.spend ? { ...each, spend: sumOf(each.spend, call) } : each,
  );
  const now = { ...view, running, spend: total, spentAt: at, low: low ?? view.low };
  const heard = low && !view.told.has(low) ? sayingLow(now, low, at) : now;
  return model === OFFLINE ? sayingOnce(heard, at, "", OFFLINE_WORD) : heard;
}

function sayingLow(view: RunView, cap: Cap, at: number): RunView {
  const told = new Set([...view.told, cap]);
  return saying({ ...view, told }, "note", at, "", lowInWords(cap, view.budget, view.spend), true);
}

function withBranch(view: RunView, node: string, branch: BranchView): RunView {
  const owner = view.running.findLast((each) => each.node === node);
  if (!owner) return view;
  const branches = new Map([...owner.branches, [branch.who, branch]]);
  return { ...view, running: view.running.map((each) => (each === owner ? { ...each, branches } : each)) };
}

function noted(view: RunView, event: Happening, at: number): RunView {
  const text = noteInWords(event);
  if (text === undefined || !("node" in event)) return view;
  if (event.type === "note") return sayingOnce(view, at, event.node, text);
  return saying(view, "note", at, event.node, text, isFault(event));
}

/** Whether something went wrong: of what is told beside, all that is no tool's, message's or delegation's success. */
function isFault(event: Happening): boolean {
  if (event.type === "tool") return !event.ok;
  if (event.type === "message") return event.message.type === "error";
  if (event.type === "delegated") return event.to === null;
  return true;
}
