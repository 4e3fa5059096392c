import { createInterface } from "node:readline";

/** Asks for one line; undefined where the person leaves by Ctrl-C or Ctrl-D, or the signal ends the wait. */
export type AskLine = (prompt: string, signal: AbortSignal) => Promise<string | undefined>;

/** Asks on a terminal. It listens only while it asks, so that at any other time Ctrl-C is the process's own. */
export function askLineOn(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): AskLine {
  return (prompt, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve(undefined);
      const lines = createInterface({ input, output, terminal: true });
      const leave = () => lines.close();
      let line: string | undefined;
      signal.addEventListener("abort", leave, { once: true });
      lines.once("close", () => {
        signal.removeEventListener("abort", leave);
        if (line === undefined) output.write("\n");
        resolve(line);
      });
      lines.question(prompt, (given) => {
        line = given;
        lines.close();
      });
    });
}
