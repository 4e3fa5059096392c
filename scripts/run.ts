#!/usr/bin/env node
/** The command line: `graphwright <workflow> [input] [options]`, also behind the npm scripts. */
import { statSync } from "node:fs";
import { catalogue } from "../graphs/catalogue.ts";
import { askLineOn } from "../src/cli/ask-line.ts";
import { main } from "../src/cli/main.ts";

/** Under npm one Ctrl-C arrives twice: a second one so soon is the same one. */
const SAME_KEYSTROKE_MS = 500;

if (statSync(".env", { throwIfNoEntry: false })?.isFile()) process.loadEnvFile(".env");

const cancel = new AbortController();
const drain = new AbortController();
let cancelledAt = 0;
process.on("SIGINT", () => {
  if (cancel.signal.aborted && Date.now() - cancelledAt > SAME_KEYSTROKE_MS) process.exit(130);
  if (cancel.signal.aborted) return;
  cancelledAt = Date.now();
  cancel.abort();
});
process.on("SIGTERM", () => (drain.signal.aborted ? cancel.abort() : drain.abort()));
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

/** A terminal that says how large it is, and does more than print one line after the other. */
const isDrawable = ({ isTTY, columns, rows }: NodeJS.WriteStream) =>
  isTTY && columns > 0 && rows > 0 && process.env["TERM"] !== "dumb";

const code = await main(process.argv.slice(2), catalogue, {
  command: process.env["npm_package_name"] === "graphwright" ? "npm run -s graph --" : "graphwright",
  stdin: process.stdin,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  live: isDrawable(process.stderr) ? process.stderr : undefined,
  ask: process.stdin.isTTY && process.stderr.isTTY ? askLineOn(process.stdin, process.stderr) : undefined,
  cancel: cancel.signal,
  drain: drain.signal,
});
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
