import type { BaseCheckpointSaver } from "@langchain/langgraph";
import { z } from "zod";
import { answerOf } from "../outcomes/answer.ts";
import { type Outcome, outcome } from "../outcomes/outcome.ts";
import type { AnyGraph } from "./graph.ts";

/** The channel that LangGraph keeps a finished task's value in, until the node around it ends. */
const RETURN = "__return__";

/** What is checkpointed of a branch. */
const KeptOutcome = z.object({ value: z.object({ outcome: outcome(z.unknown()) }) });

/**
 * The answer as far as it has come, by the workflow's `result`; null before there is any, which is as long as
 * neither a node nor a branch of the run has ended.
 */
export async function partialOf(
  { graph, checkpointer }: { graph: AnyGraph; checkpointer: BaseCheckpointSaver },
  { threadId, values, path }: { threadId: string; values: Record<string, unknown>; path: readonly string[] },
): Promise<string | null> {
  const answer = answerOf(graph);
  if (!answer) return null;
  const finished = await finishedBranches(checkpointer, threadId);
  return path.length + finished.length > 0 ? answer(values, finished) || null : null;
}

/** The outcomes of branches that have ended, in nodes that have not. */
async function finishedBranches(
  checkpointer: BaseCheckpointSaver,
  threadId: string,
): Promise<Outcome<unknown>[]> {
  const config = { configurable: { thread_id: threadId, checkpoint_ns: "" } };
  const { pendingWrites = [] } = (await checkpointer.getTuple(config)) ?? {};
  return pendingWrites.flatMap(([, channel, value]) => {
    const kept = channel === RETURN ? KeptOutcome.safeParse(value) : undefined;
    return kept?.success ? [kept.data.value.outcome] : [];
  });
}
