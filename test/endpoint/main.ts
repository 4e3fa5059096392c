/**
 * The endpoint as a process of its own: `node --import tsx test/endpoint/main.ts [--latency MS]`.
 * Prints its base URL on the first line; ends on SIGTERM, or when its parent is gone.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { startEndpoint, writerAnswers } from "./server.ts";

const { values } = parseArgs({ options: { latency: { type: "string", default: "0" } } });
const latencyMs = Number(values.latency);
if (!Number.isFinite(latencyMs) || latencyMs < 0)
  throw new RangeError(`--latency ${values.latency}: milliseconds`);

const endpoint = await startEndpoint({ answer: writerAnswers(), latencyMs });
process.stdout.write(`${endpoint.url}\n`);

const stop = async () => {
  await endpoint.close();
  process.exit(0);
};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
const parent = process.ppid;
setInterval(() => process.ppid === parent || stop(), 500).unref();
