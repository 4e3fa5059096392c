import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { inject } from "vitest";
import { z } from "zod";
import { catalogue } from "../../graphs/catalogue.ts";
import { main, type Terminal } from "../../src/cli/main.ts";
import { program } from "../programs/program.ts";

/** How a command ended, and all that it wrote. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** A command that runs. */
export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
}

/** What a command finds where it is called. */
export interface Called {
  /** Variables of the environment, on top of the database of the folder. */
  env?: Record<string, string>;
  stdin?: string;
  /** Which of the scripts; `run` unless given. */
  script?: "run" | "compare";
  /** Whether it leads a group of processes, as on a terminal, where Ctrl-C reaches all of them. */
  detached?: boolean;
}

const DOCUMENT = `# Durable execution

## How a workflow survives a crash

A workflow that survives a crash keeps its state in a database. After the crash, the workflow reads the last
checkpoint and goes on from there. The steps that had completed are not run again.

## What a crash costs

The calls that were in flight when the process crashed are made again. A call that had completed is paid once.
`;

export const TOPIC = "How does a workflow survive a crash?";

/** An empty folder with a few documents, in which commands are called with a database of its own. */
export class Workplace {
  readonly folder = mkdtempSync(join(inject("temporary"), "cli-"));

  constructor() {
    mkdirSync(join(this.folder, "docs"));
    writeFileSync(join(this.folder, "docs", "durable.md"), DOCUMENT);
  }

  /** Starts `graphwright …`. */
  start(
    args: readonly string[],
    { env = {}, stdin, script = "run", detached = false }: Called = {},
  ): Running {
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [program(script), ...args], {
      cwd: this.folder,
      detached,
      env: { PATH, HOME, DATABASE_URL: "file:runs.db", ...env },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (part) => {
      out += part;
    });
    child.stderr.on("data", (part) => {
      err += part;
    });
    child.stdin.on("error", () => {});
    child.stdin.end(stdin);
    const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, out, err })));
    return { child, ended };
  }

  /** Calls `graphwright …` and waits for its end. */
  call(args: readonly string[], called?: Called): Promise<Ended> {
    return this.start(args, called).ended;
  }

  /** Runs `review-loop` on the documents. */
  write(args: readonly string[], called?: Called): Promise<Ended> {
    return this.call(["review-loop", ...args, "--docs", "docs"], called);
  }

  has(file: string): boolean {
    return existsSync(join(this.folder, file));
  }

  /** Everything in the folder but the documents. */
  get files(): string[] {
    return readdirSync(this.folder)
      .filter((file) => file !== "docs")
      .sort();
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  put(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }
}

/** What a command finds that is called in this process. */
interface CalledHere {
  stdin?: string | undefined;
  workflows?: typeof catalogue;
  /** How wide the terminal is; it is none unless given. */
  columns?: number;
  /** The person at the terminal. */
  ask?: Terminal["ask"];
  cancel?: AbortSignal;
  drain?: AbortSignal;
}

const NEVER = new AbortController().signal;

/** Calls the command line in this process. */
export async function callHere(
  args: readonly string[],
  { stdin = "", workflows = catalogue, columns, ask, cancel = NEVER, drain = NEVER }: CalledHere = {},
): Promise<Ended> {
  let [out, err] = ["", ""];
  const code = await main(args, workflows, {
    command: "graphwright",
    stdin: Readable.from([stdin]),
    out: (text) => {
      out += text;
    },
    columns,
    err: (text) => {
      err += text;
    },
    ask,
    cancel,
    drain,
  });
  return { code, out, err };
}

/** What `--output json` prints. */
export const Result = z.strictObject({
  status: z.enum(["done", "needs_human", "budget_exhausted", "stalled", "failed", "cancelled"]),
  output: z.record(z.string(), z.unknown()).nullable(),
  partial: z.string().nullable(),
  interrupts: z.array(z.strictObject({ id: z.string(), value: z.unknown(), schema: z.unknown() })),
  error: z.strictObject({ code: z.string(), message: z.string(), cap: z.string().optional() }).nullable(),
  threadId: z.string(),
  spend: z.strictObject({
    calls: z.number(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    usd: z.number().nullable(),
    ms: z.number(),
    estimated: z.boolean(),
  }),
  path: z.array(z.string()),
});

/** The result that a command printed as JSON. */
export const resultOf = ({ out }: Ended) => Result.parse(JSON.parse(out));
