import { delegate, sendMessage, sendMessages } from "../../src/nodes/index.ts";
import { loadOf, type Strategy } from "../../src/outcomes/delegation.ts";
import { accounted } from "../../src/resilience/scope.ts";
import { type AgentMessage, type Draft, replyTo } from "../../src/state/messages.ts";
import { read, withPostings } from "../../src/state/sending.ts";
import { defaultCache } from "../../src/storage/cache.ts";
import { cut } from "../../src/tools/bounded.ts";
import { reworkAfter } from "./rework.ts";
import { coder, researcher, tester } from "./roles.ts";
import * as specialists from "./specialists.ts";
import { type Decided, Specialist, type State } from "./state.ts";

/** The specialists as graphs of their own. */
export const SPECIALISTS = {
  code: specialists.code.compile({ name: "code", cache: defaultCache() }),
  research: specialists.research.compile({ name: "research", cache: defaultCache() }),
  qa: specialists.qa.compile({ name: "qa", cache: defaultCache() }),
};

/** The role of each specialist. */
const ROLES = { code: coder, research: researcher, qa: tester };

/**
 * Whom a decision's work is given to, where not the supervisor's model but a rule chooses; where no one fits, the
 * delegations end, and the answer says so.
 */
export async function assigned(by: Strategy, decision: Decided, state: State) {
  const { task, delegations, reports } = state;
  const reported = reports.map(({ from }) => ROLES[from].name);
  const delegation = await delegate({
    task: decision.instruction || task,
    to: Object.values(ROLES),
    by,
    delegations,
    load: loadOf(delegations, reported),
  });
  const to = delegation.status === "delegated" ? delegation.to : undefined;
  const next = Specialist.options.find((each) => ROLES[each].name === to);
  const { reason } = delegation;
  const decisions: Decided = next
    ? { ...decision, next, reason }
    : { next: "finish", instruction: "", reason, obstacle: "no specialist fits what is to be done next" };
  return { decisions, delegations: delegation };
}

/**
 * A node that gives work to a specialist, and keeps its report alone, with the messages between them; `most` is how
 * many reports there can be.
 */
export function delegateTo(to: Specialist, most: number) {
  return async (state: State) => {
    const { task, reports, mail, rework } = state;
    const { from, instruction } = assignmentIn(state);
    const taskId = String(reports.length + 1);
    const content = cut(instruction, MAX_MESSAGE);
    const request = await sendMessage(mail, { type: "request", from, to, taskId, content });
    const { report, check } = await accounted(() =>
      SPECIALISTS[to].invoke({ task, instruction, earlier: reports }),
    );
    const made = { ...report, from: to, instruction, check: check ?? null };
    const asked = [request, read(to, [request])];
    const told = await sendMessages(withPostings(mail, asked), [
      replyTo(request, { from: to, content: cut(report.text, MAX_MESSAGE) }),
      statusAfter(request, (reports.length + 1) / most),
    ]);
    return {
      reports: made,
      mail: [...asked, ...told, read(from, told), read("supervisor", told)],
      rework: to === "qa" ? reworkAfter([...reports, made]) : rework.slice(1),
    };
  };
}

/** What of an instruction or a report its message says, in characters; the whole is in the reports. */
const MAX_MESSAGE = 2_000;

/** What the next specialist is to do, and who wants it: qa until its rework is done or the supervisor decides anew. */
function assignmentIn({ task, decisions, rework: [first] }: State) {
  if (first) return { from: "qa", instruction: first.instruction };
  return { from: "supervisor", instruction: decisions.at(-1)?.instruction || task };
}

/** Tells the supervisor how many of the reports that there can be are there. */
const statusAfter = ({ id, to, taskId }: AgentMessage, progress: number): Draft => ({
  type: "status",
  from: to,
  to: "supervisor",
  taskId,
  inReplyTo: id,
  content: `${to} has reported.`,
  metadata: { progress: Math.min(1, progress), step: `${to} has reported` },
});
