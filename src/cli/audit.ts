import type { AuditEntry, AuditHead, AuditLog } from "../outcomes/audit.ts";
import { type AuditReport, verifyAudit } from "../security/verify-audit.ts";
import { settings } from "../settings.ts";
import { defaultStorage } from "../storage/open.ts";
import { readAuditArguments } from "./audit-arguments.ts";
import type { Terminal } from "./main.ts";
import { counted, harmless, jsonLine } from "./words.ts";

/** What the commands of the audit log write to. */
type Output = Pick<Terminal, "out" | "err" | "command">;

/** Does what a command line asks of the audit log of the default storage, and gives the exit code. */
export async function audit(argv: readonly string[], output: Output): Promise<number> {
  const request = readAuditArguments(argv, `${output.command} audit`);
  if (request.kind === "text") {
    output.out(request.text);
    return 0;
  }
  const { ledger } = defaultStorage();
  if (request.kind === "head") return head(ledger, output);
  if (request.kind === "list") return list(ledger, request, output);
  return told(await verifyAudit(ledger, { expected: request.expected }), request.json, output);
}

const written = ({ seq, hash }: AuditHead) => `${seq}:${hash}`;

async function head(log: AuditLog, { out, err }: Output): Promise<number> {
  const end = await log.auditHead();
  if (end) out(`${written(end)}\n`);
  else err("Nothing was recorded yet.\n");
  return 0;
}

function told({ ok, entries, head: end, faults }: AuditReport, json: boolean, { out, err }: Output): number {
  if (json) out(`${jsonLine({ ok, entries, head: end, faults })}\n`);
  else {
    for (const { kind, message } of faults) out(`${kind}: ${message}\n`);
    const many = entries === 1 ? "1 entry" : `${entries} entries`;
    const how = ok ? "The audit log is intact" : counted(faults.length, "fault");
    out(`${how}: ${many}${end ? `, up to ${written(end)}` : ""}\n`);
  }
  if (settings().auditKey === undefined) {
    err(
      "GRAPHWRIGHT_AUDIT_KEY is not set: a chain that was computed anew as a whole cannot be told from the first.\n",
    );
  }
  return ok ? 0 : 1;
}

const PAGE = 1_000;

async function list(
  log: AuditLog,
  { thread, last, json }: { thread: string | undefined; last: number | undefined; json: boolean },
  { out }: Output,
): Promise<number> {
  const end = (await log.auditHead())?.seq ?? 0;
  const first = last !== undefined && thread === undefined ? end - last + 1 : Number.MIN_SAFE_INTEGER;
  const print = (entry: AuditEntry) => out(`${json ? jsonLine(shown(entry)) : line(entry)}\n`);
  const newest: AuditEntry[] = [];
  for await (const entry of entriesFrom(log, first)) {
    if (thread !== undefined && shown(entry)["threadId"] !== thread) continue;
    if (last === undefined) print(entry);
    else if (newest.push(entry) > last) newest.shift();
  }
  for (const entry of newest) print(entry);
  return 0;
}

async function* entriesFrom(log: AuditLog, first: number): AsyncGenerator<AuditEntry> {
  for (let from = first; ; ) {
    const page = await log.auditEntries(from, PAGE);
    yield* page;
    const final = page.at(-1);
    if (!final) return;
    from = final.seq + 1;
  }
}

/** An entry with what its body says; of one that cannot be read, the body as it is. */
function shown({ seq, body, hash }: AuditEntry): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(body);
    if (typeof said === "object" && said !== null) return { ...said, seq, hash };
  } catch {
    // Whoever changed it left no JSON.
  }
  return { seq, body, hash };
}

function line(entry: AuditEntry): string {
  const { seq, at, threadId, type, ...rest } = shown(entry);
  const { hash: _, runId: __, ...facts } = rest;
  const texts = [seq, at, threadId, type, JSON.stringify(facts)].filter((each) => each !== undefined);
  return harmless(texts.join("  "));
}
