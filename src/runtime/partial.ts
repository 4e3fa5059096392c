import type { BaseCheckpointSaver } from "@langchain/langgraph";
import { z } from "zod";
import { sourcesIn } from "../nodes/workflow-tool.ts";
import { answerOf, type Reported } from "../outcomes/answer.ts";
import { type Outcome, outcome } from "../outcomes/outcome.ts";
import type { AnyGraph } from "./graph.ts";

/** The channel that LangGraph keeps a finished task's value in, until the node around it ends. */
const RETURN = "__return__";

/** What is checkpointed of a branch. */
const KeptOutcome = z.object({ value: z.object({ outcome: outcome(z.unknown()) }) });

/** What is checkpointed of a workflow that is a tool, where it gave an answer. */
const KeptAnswer = z.object({
  value: z.object({ by: z.string(), content: z.string(), artifact: z.unknown(), ok: z.literal(true) }),
});

/**
 * The answer as far as it has come, by the workflow's `result`; null before there is any, which is as long as
 * no node of the run has ended, no branch, and no workflow that is a tool. Until a node has ended, `values` are
 * still those of the thread's run before.
 */
export async function partialOf(
  { graph, checkpointer }: { graph: AnyGraph; checkpointer: BaseCheckpointSaver },
  { threadId, values, path }: { threadId: string; values: Record<string, unknown>; path: readonly string[] },
): Promise<string | null> {
  const answer = answerOf(graph);
  if (!answer) return null;
  const ended = await endedTasks(checkpointer, threadId);
  const finished = ended.flatMap(outcomeIn);
  const reported = ended.flatMap(reportIn);
  if (path.length > 0) return answer(values, finished, reported) || null;
  const isBegun = finished.length + reported.length > 0;
  return isBegun ? answer({}, finished, reported) || null : null;
}

/** What the tasks gave that have ended, in nodes that have not. */
async function endedTasks(checkpointer: BaseCheckpointSaver, threadId: string): Promise<unknown[]> {
  const config = { configurable: { thread_id: threadId, checkpoint_ns: "" } };
  const { pendingWrites = [] } = (await checkpointer.getTuple(config)) ?? {};
  return pendingWrites.flatMap(([, channel, value]) => (channel === RETURN ? [value] : []));
}

function outcomeIn(value: unknown): Outcome<unknown>[] {
  const kept = KeptOutcome.safeParse(value);
  return kept.success ? [kept.data.value.outcome] : [];
}

function reportIn(value: unknown): Reported[] {
  const kept = KeptAnswer.safeParse(value);
  if (!kept.success) return [];
  const { by, content, artifact } = kept.data.value;
  return [{ from: by, text: content, sources: sourcesIn(artifact) }];
}
