import { toolCall } from "../../src/nodes/tool-call.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import type { Storage } from "../../src/storage/open.ts";
import { type FileWriterOptions, fileWriter } from "../../src/tools/write-file.ts";
import { graphOf } from "../resilience/publishing.ts";

/** What is written unless a test says otherwise. */
export const NOTE = { path: "notes/raft.md", content: "# Raft\n\nA leader decides.\n" };

type Args = Record<string, unknown>;

/** A run of one node that calls `write_file`, once for each of the arguments; on one thread. */
export const writing = (
  storage: Storage,
  options: FileWriterOptions,
  calls: readonly Args[] = [NOTE],
  { resume, ...rest }: RunOptions = {},
) =>
  run(
    graphOf(async () => {
      const tool = fileWriter(options);
      const results = [];
      for (const args of calls) results.push(await toolCall(tool, args));
      return results;
    }),
    resume === undefined ? {} : null,
    {
      thread: "thread",
      checkpointer: storage.checkpointer,
      ...(resume === undefined ? {} : { resume }),
      ...rest,
    },
  );
