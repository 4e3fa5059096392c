/** The audit log on the command line: `npm run audit -- verify`, `list` or `head`. */
import { catalogue } from "../graphs/catalogue.ts";
import { mainHere } from "./terminal.ts";

// It changes nothing, so that signals may end the process as they do of themselves.
const { signal } = new AbortController();
await mainHere(["audit", ...process.argv.slice(2)], catalogue, { cancel: signal, drain: signal });
