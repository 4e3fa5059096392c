/** The audit log on the command line: `npm run audit -- verify`, `list` or `head`. */
import { statSync } from "node:fs";
import { main } from "../src/cli/main.ts";

if (statSync(".env", { throwIfNoEntry: false })?.isFile()) process.loadEnvFile(".env");
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const { signal } = new AbortController();
const code = await main(["audit", ...process.argv.slice(2)], [], {
  command: process.env["npm_package_name"] === "graphwright" ? "npm run -s" : "graphwright",
  stdin: process.stdin,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  cancel: signal,
  drain: signal,
});
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
