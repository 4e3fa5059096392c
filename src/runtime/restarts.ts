import type { BaseCheckpointSaver, StateSnapshot } from "@langchain/langgraph";
import { finishedTasks } from "./path.ts";

/**
 * Knows the tasks that had ended before a resume: LangGraph starts them again with what they wrote, and
 * does not end them. Only tasks of the superstep that is resumed, and tasks inside those, can be such.
 */
export class Restarts {
  readonly #checkpointer: BaseCheckpointSaver;
  readonly #threadId: string;
  readonly #resumed: Set<string>;
  readonly #finished = new Map<string, Promise<Set<string>>>();

  constructor(checkpointer: BaseCheckpointSaver, threadId: string, { tasks }: StateSnapshot) {
    this.#checkpointer = checkpointer;
    this.#threadId = threadId;
    this.#resumed = new Set(tasks.map(({ id, name }) => `${name}:${id}`));
  }

  /** Whether a task that starts had ended before. */
  async has(namespace: readonly string[], taskId: string): Promise<boolean> {
    const [outermost] = namespace;
    if (outermost !== undefined && !this.#resumed.has(outermost)) return false;
    const key = namespace.join("|");
    const known = this.#finished.get(key) ?? finishedTasks(this.#checkpointer, this.#threadId, key);
    this.#finished.set(key, known);
    return (await known).has(taskId);
  }
}
