import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { program } from "../programs/program.ts";

/** What a child process does with a storage; `child-main.ts` says how. */
export type Task =
  | "reserve"
  | "spend"
  | "claim"
  | "audit"
  | "publish"
  | "lock"
  | "cycle"
  | "open"
  | "packages";

/** A process that does one task on a storage, and says on its standard output how far it is. */
export interface Child {
  /** The first line that starts like this; rejected if the process ends before it said so. */
  said(start: string): Promise<string>;
  /** Lets a child go on that said "ready". */
  go(): void;
  ended: Promise<number | null>;
  /** SIGKILL. */
  kill(): void;
}

/** Starts a child process with this process's Node. */
export function startChild(task: Task, url: string, subject: string): Child {
  const child = spawn(process.execPath, [program("with-storage"), task, url, subject], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  let open = true;
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  void ended.then(() => {
    open = false;
    tell();
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    tell();
  });
  const said = (start: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const line = lines.find((candidate) => candidate.startsWith(start));
        if (line !== undefined) resolve(line);
        else if (!open) reject(new Error(`The child ended without saying "${start}".`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return { said, ended, go: () => child.stdin.end(), kill: () => child.kill("SIGKILL") };
}

/** Starts several children and lets them go when all are ready; what each said in the end. */
export async function startTogether(
  task: Task,
  url: string,
  subjects: string[],
  last: string,
): Promise<string[]> {
  const children = subjects.map((subject) => startChild(task, url, subject));
  await Promise.all(children.map((child) => child.said("ready")));
  for (const child of children) child.go();
  const said = await Promise.all(children.map((child) => child.said(last)));
  const codes = await Promise.all(children.map((child) => child.ended));
  if (codes.some((code) => code !== 0)) throw new Error(`The children ended with ${codes.join(", ")}.`);
  return said;
}
