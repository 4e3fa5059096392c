import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { AIMessage } from "@langchain/core/messages";
import { z } from "zod";
import { inspect } from "../../src/runtime/inspect.ts";
import { verifyAudit } from "../../src/security/verify-audit.ts";
import type { Storage } from "../../src/storage/open.ts";
import { type Answer, hang, startEndpoint } from "../endpoint/server.ts";
import { filesOf, type Place } from "../workflows/place.ts";
import type { Row } from "../workflows/row.ts";
import { type Child, startTask } from "./child.ts";
import { type Counts, type Kill, Watch } from "./kills.ts";
import { Outbox } from "./outbox.ts";
import { toItsEnd } from "./to-its-end.ts";

/** What is left of a run in the end, whatever happened on the way. */
export interface Remains {
  status: string | undefined;
  values: unknown;
  /** The nodes in the order in which they ended; sorted where some run side by side. */
  path: string[];
  /** Requests that the endpoint saw over all processes. */
  requests: number;
  /** Calls that the ledger counts. */
  calls: number;
  /** Messages that were sent. */
  sent: number;
  /** The files that were written, with their text. */
  files: Record<string, string>;
  /** What is wrong with the audit log of a storage that has it for itself. */
  faults: unknown[];
}

/** The model calls of a process when it was killed. */
export interface Paid {
  /** Requests that the endpoint had seen. */
  asked: number;
  /** Calls that the ledger had granted. */
  granted: number;
  /** Replies that were stored. */
  kept: number;
}

/** Where rows run: the folder of the documents, and one of their own for what they send. */
export interface Folders {
  documents: string;
  outboxes: string;
}

const placeIn = ({ documents, outboxes }: Folders, endpoint: string): Place => {
  const thread = randomUUID();
  return { thread, endpoint, documents, outbox: join(outboxes, thread) };
};

/** Runs a row without a kill: what it comes to, and how many points it has. */
export async function wholeRun(
  row: Row,
  storage: Storage,
  folders: Folders,
): Promise<{ remains: Remains; counts: Counts }> {
  const endpoint = await startEndpoint({ answer: row.answers });
  const place = placeIn(folders, endpoint.url);
  const watch = new Watch();
  await toItsEnd(row, place, watch.storage(storage), new Outbox(place.outbox, watch.act));
  await endpoint.close();
  const remains = await remainsOf(row, storage, place, endpoint.requests.length);
  return { remains, counts: { answer: endpoint.requests.length, ...watch.written } };
}

/** Runs a row in a process that is killed, and goes on in this one. */
export async function killedRun(
  row: Row,
  storage: Storage,
  folders: Folders,
  kill: Kill,
): Promise<{ remains: Remains; paid: Paid }> {
  let child: Child | undefined;
  const isAnswered = (n: number) => first.requests[n]?.outcome !== "open";
  const first = await startEndpoint({ answer: killing(row, kill, () => child?.kill(), isAnswered) });
  const place = placeIn(folders, first.url);
  child = startTask({ row: row.name, url: storage.url, place, kill });
  await child.killed.finally(first.close);
  const asked = first.requests.length;
  const paid = { asked, ...(await storedCalls(storage, place.thread)) };
  const second = await startEndpoint({ answer: row.answers });
  await toItsEnd(row, { ...place, endpoint: second.url }, storage).finally(second.close);
  return { remains: await remainsOf(row, storage, place, asked + second.requests.length), paid };
}

/** The answers of a row, of which one is the last that the process sees. */
function killing(
  { answers }: Row,
  kill: Kill,
  killChild: () => void,
  isAnswered: (n: number) => boolean,
): Answer {
  return (request) => {
    if (kill.at !== "answer" || kill.n !== request.n) return answers(request);
    if (kill.when === "before") {
      killChild();
      return hang();
    }
    void (async () => {
      while (!isAnswered(request.n)) await setImmediate();
      killChild();
    })();
    return answers(request);
  };
}

async function storedCalls({ checkpointer, ledger }: Storage, thread: string) {
  const run = await ledger.latest(thread);
  let kept = 0;
  for await (const { pendingWrites = [] } of checkpointer.list({ configurable: { thread_id: thread } })) {
    kept += pendingWrites.filter(([, , value]) => KeptReply.safeParse(value).success).length;
  }
  return { granted: run ? (await ledger.spent(run.runId)).calls : 0, kept };
}

/** What the task of a model call has written once it has ended. */
const KeptReply = z.object({
  hash: z.string(),
  value: z.object({ message: z.custom(AIMessage.isInstance) }),
});

async function remainsOf(
  { graph, atOnce = 1, differs = [] }: Row,
  storage: Storage,
  { thread, outbox: file }: Place,
  requests: number,
): Promise<Remains> {
  const outbox = new Outbox(file);
  const view = await inspect(graph(outbox), { ...storage, thread });
  const path = view?.path ?? [];
  return {
    status: view?.run?.status,
    values: comparable(view?.values, [...TAKES, ...differs]),
    path: atOnce > 1 ? path.toSorted() : path,
    requests,
    calls: view?.spend?.calls ?? 0,
    sent: outbox.sent.length,
    files: filesIn(filesOf(file)),
    faults: storage.url.startsWith("file:") ? (await verifyAudit(storage.ledger)).faults : [],
  };
}

/** Without the hidden files that a killed process had not given their names yet: later writes sweep them away. */
function filesIn(folder: string): Record<string, string> {
  const found = existsSync(folder) ? readdirSync(folder).sort() : [];
  const names = found.filter((name) => !name.startsWith("."));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** What a crash may change: it takes time, and the calls in flight are paid again. */
const TAKES = ["ms", "spend"];
/** What differs from run to run in a message between agents. */
const OWN = ["id", "inReplyTo", "time"];

/** Values without what a crash may change, and without what no two runs have alike. */
export const comparable = (values: unknown, without: readonly string[]): unknown =>
  JSON.parse(
    JSON.stringify(values ?? null, function (this: object, key, value) {
      const isOwn = "taskId" in this && OWN.includes(key);
      return isOwn || without.includes(key) ? undefined : value;
    }),
  );
