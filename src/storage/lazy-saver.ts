import type { RunnableConfig } from "@langchain/core/runnables";
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  type DeltaChannelHistory,
  type PendingWrite,
} from "@langchain/langgraph-checkpoint";
import { UsageError } from "../errors.ts";
import type { Connection } from "./connection.ts";
import { failureInUse } from "./failure.ts";

/** What an opened database gives to its checkpointer. */
export interface HasSaver {
  saver: BaseCheckpointSaver;
}

/**
 * A checkpointer that opens its database at the first use, and at a first read only where there is one.
 *
 * `getNextVersion` is the inherited one, integers from 1: LangGraph calls it before anything is opened, and
 * the savers behind (memory, SQLite, Postgres) all inherit the same.
 */
export class LazySaver extends BaseCheckpointSaver {
  readonly #connection: Connection<HasSaver>;

  constructor(connection: Connection<HasSaver>) {
    super();
    this.#connection = connection;
  }

  override getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    return this.#connection.read<CheckpointTuple | undefined>(undefined, ({ saver }) =>
      saver.getTuple(config),
    );
  }

  override async *list(
    config: RunnableConfig,
    options?: CheckpointListOptions,
  ): AsyncGenerator<CheckpointTuple> {
    const opened = await this.#connection.read<HasSaver | undefined>(undefined, (found) => found);
    if (!opened) return;
    try {
      yield* opened.saver.list(config, options);
    } catch (cause) {
      throw failureInUse(this.#connection.url, cause);
    }
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    checkNamed(config, "thread_id");
    return this.#connection.write(({ saver }) => saver.put(config, checkpoint, metadata, newVersions));
  }

  override async putWrites(
    config: RunnableConfig,
    writes: PendingWrite[],
    taskId: string,
    taskPath?: string,
  ): Promise<void> {
    checkNamed(config, "thread_id");
    checkNamed(config, "checkpoint_id");
    return this.#connection.write(({ saver }) => saver.putWrites(config, writes, taskId, taskPath));
  }

  override deleteThread(threadId: string): Promise<void> {
    return this.#connection.read<void>(undefined, ({ saver }) => saver.deleteThread(threadId));
  }

  override getDeltaChannelHistory(options: {
    config: RunnableConfig;
    channels: string[];
  }): Promise<Record<string, DeltaChannelHistory>> {
    const empty = Object.fromEntries(options.channels.map((channel) => [channel, { writes: [] }]));
    return this.#connection.read<Record<string, DeltaChannelHistory>>(empty, ({ saver }) =>
      saver.getDeltaChannelHistory(options),
    );
  }
}

/** Each saver says it in its own way, and Postgres' leaves it to the database. */
function checkNamed(config: RunnableConfig, field: "thread_id" | "checkpoint_id"): void {
  if (config.configurable?.[field] !== undefined) return;
  throw new UsageError(
    "BAD_CONFIG",
    `The config names no ${field}: pass { configurable: { ${field}: "…" } }.`,
  );
}
