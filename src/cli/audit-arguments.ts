import { Command } from "commander";
import type { AuditHead } from "../outcomes/audit.ts";
import { badArguments, filled, parsed, whole } from "./options.ts";

/** What a command line asks of the audit log. */
export type AuditRequest =
  | { kind: "text"; text: string }
  | { kind: "verify"; expected: AuditHead | undefined; json: boolean }
  | { kind: "list"; thread: string | undefined; last: number | undefined; json: boolean }
  | { kind: "head" };

/**
 * Reads the command line of the audit log.
 *
 * @throws UsageError saying what is wrong with it
 */
export function readAuditArguments(argv: readonly string[], name: string): AuditRequest {
  let request: AuditRequest | undefined;
  const command = new Command(name).description(
    "Looks at the audit log of DATABASE_URL, and changes nothing.",
  );
  command
    .command("verify")
    .description("say whether the log is as it was written, and which entries are not")
    .option("--head <seq:hash>", "an end of the log that was noted elsewhere earlier", headOf)
    .option("--json", "print the report as JSON")
    .action(({ head, json = false }: { head?: AuditHead; json?: boolean }) => {
      request = { kind: "verify", expected: head, json };
    });
  command
    .command("list")
    .description("print the entries, oldest first")
    .option("--thread <id>", "only those of a thread", filled("--thread"))
    .option("--last <n>", "only the last ones", whole("--last"))
    .option("--json", "print one JSON object a line")
    .action(({ thread, last, json = false }: { thread?: string; last?: number; json?: boolean }) => {
      request = { kind: "list", thread, last, json };
    });
  command
    .command("head")
    .description("print the end of the log as SEQ:HASH, to note it elsewhere")
    .action(() => {
      request = { kind: "head" };
    });
  command.addHelpText("after", "\nExit codes: 0 intact, 1 not intact or not readable, 2 bad usage.");
  const help = argv.length > 0 ? parsed(command, argv, name) : undefined;
  return request ?? { kind: "text", text: help ?? command.helpInformation() };
}

function headOf(value: string): AuditHead {
  const [, seq, hash] = /^(\d{1,15}):([\da-f]{64})$/.exec(value) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
  throw badArguments(`--head has to be SEQ:HASH as \`audit head\` prints it, not "${value}".`);
}
