import { statSync } from "node:fs";
import { askLineOn } from "../src/cli/ask-line.ts";
import type { CatalogueEntry } from "../src/cli/catalogue.ts";
import { main, type Terminal } from "../src/cli/main.ts";

type Stops = Pick<Terminal, "cancel" | "drain">;

/** Under npm a signal to the group of processes arrives twice: a second one so soon is the same one. */
const SAME_SIGNAL_MS = 500;

/** A terminal that says how large it is, and does more than print one line after the other. */
const isDrawable = ({ isTTY, columns, rows }: NodeJS.WriteStream) =>
  isTTY && columns > 0 && rows > 0 && process.env["TERM"] !== "dumb";

/** Does what a command line asks for on this process, with its signals and its terminal, and ends it. */
export async function mainHere(
  argv: readonly string[],
  catalogue: readonly CatalogueEntry[],
  stops: Stops = stopsOfProcess(),
): Promise<void> {
  if (statSync(".env", { throwIfNoEntry: false })?.isFile()) process.loadEnvFile(".env");
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const code = await main(argv, catalogue, {
    command: process.env["npm_package_name"] === "graphwright" ? "npm run -s graph --" : "graphwright",
    stdin: process.stdin,
    out: (text) => process.stdout.write(text),
    columns: process.stdout.columns || undefined,
    err: (text) => process.stderr.write(text),
    live: isDrawable(process.stderr) ? process.stderr : undefined,
    ask: process.stdin.isTTY && process.stderr.isTTY ? askLineOn(process.stdin, process.stderr) : undefined,
    ...stops,
  });
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}

/** Ctrl-C cancels, and a second one ends the process; SIGTERM drains, and a second one cancels. */
function stopsOfProcess(): Stops {
  const cancel = new AbortController();
  const drain = new AbortController();
  onEach("SIGINT", () => (cancel.signal.aborted ? process.exit(130) : cancel.abort()));
  onEach("SIGTERM", () => (drain.signal.aborted ? cancel.abort() : drain.abort()));
  return { cancel: cancel.signal, drain: drain.signal };
}

function onEach(signal: "SIGINT" | "SIGTERM", work: () => void): void {
  let last = Number.NEGATIVE_INFINITY;
  process.on(signal, () => {
    const isSame = performance.now() - last <= SAME_SIGNAL_MS;
    if (isSame) return;
    last = performance.now();
    work();
  });
}
