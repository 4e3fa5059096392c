import { GraphwrightError, messageOf, StorageError } from "../errors.ts";

/** A database's address as it may be shown: without its password. */
export function withoutPassword(url: string): string {
  if (!url.startsWith("postgres")) return url;
  if (!URL.canParse(url)) return "postgres://…";
  const shown = new URL(url);
  shown.password = "";
  shown.searchParams.delete("password");
  return shown.toString();
}

/**
 * What a database threw, as an error that says which database it was and what to do.
 *
 * Graphwright's own errors pass unchanged, so that a wrapper never hides a `ThreadError`.
 */
export function storageFailure(url: string, cause: unknown): GraphwrightError {
  if (cause instanceof GraphwrightError) return cause;
  const code = codeOf(cause);
  const why = reasonOf(code, messageOf(cause));
  // The parser of addresses puts the whole address, password included, into its error.
  const options = code === "ERR_INVALID_URL" ? {} : { cause };
  return new StorageError(`The database ${withoutPassword(url)} cannot be used: ${why}.`, options);
}

/**
 * What the use of an open database threw: as a `StorageError` if it came from the database or from its
 * connection; a saver's complaint about what it was given passes unchanged.
 */
export function failureInUse(url: string, cause: unknown): unknown {
  return isFromDatabase(cause) ? storageFailure(url, cause) : cause;
}

/** Drivers, servers and sockets name their errors by a code; Node does so for wrong arguments too. */
function isFromDatabase(cause: unknown): boolean {
  if (DRIVERS_OWN.test(messageOf(cause))) return true;
  return codeOf(cause) !== "" && !(cause instanceof TypeError || cause instanceof RangeError);
}

/** What `pg` and `better-sqlite3` say without a code. */
const DRIVERS_OWN = new RegExp(
  [
    "^Connection terminated",
    "^timeout e(xpired|xceeded)",
    "^Query read timeout",
    "^Client (has encountered a connection error|was closed)",
    "^Cannot use a pool after",
    "^(The server does not support|There was an error establishing an) SSL",
    "^SASL",
    "password must be a string",
    "database connection is (not open|busy)",
  ].join("|"),
  "i",
);

const REASONS: [RegExp, string][] = [
  [/^ENOENT$/, "a part of its path does not exist; create it, or choose another path"],
  [/^SQLITE_IOERR/, "the disk reports an error; check the disk and that the file was not removed"],
  [
    /^(EACCES|EPERM|SQLITE_PERM)$/,
    "its folder or file may not be written; change the permissions or the path",
  ],
  [/^(ENOTDIR|EEXIST)$/, "a part of its path is a file, not a folder; choose another path"],
  [/^(EISDIR)$/, "its path is a folder; name a file"],
  [
    /^(EROFS|SQLITE_READONLY.*)$/,
    "it is read-only; make the file and its folder writable, or choose another path",
  ],
  [/^(ENOSPC|SQLITE_FULL|53100)$/, "the disk is full; free some space and run again"],
  [
    /^SQLITE_CANTOPEN/,
    "its file cannot be opened; check that the path is a file and that its folder is writable",
  ],
  [/^SQLITE_NOTADB$/, "the file is not a SQLite database; choose another path or move the file away"],
  [/^SQLITE_CORRUPT/, "the file is corrupted; restore it from a backup or move it away"],
  [/^SQLITE_(BUSY|LOCKED)/, "another process keeps it locked; wait for that process or end it"],
  [/^(ECONNREFUSED|ECONNRESET|EPIPE)$/, "no server answers there; start it, or correct the host and port"],
  [/^(ENOTFOUND|EAI_AGAIN)$/, "its host is not known; correct the host's name"],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    "its host does not answer; check the host, the port and the network",
  ],
  [/^28/, "the server refuses the login; correct the user and the password"],
  [/^3D000$/, "the server has no database of that name; create it, or correct the name"],
  [/^42501$/, "the user lacks a privilege; grant it the right to create and use tables"],
  [/^53300$/, "the server has no connection left; close some, or raise its max_connections"],
  [/^57P/, "the server is starting, stopping or has ended the connection; try again"],
  [/^ERR_INVALID_URL$/, "its address cannot be read; write postgres://user:password@host:port/name"],
];

function reasonOf(code: string, message: string): string {
  const known = REASONS.find(([codes]) => codes.test(code));
  if (known) return `${known[1]} (${code})`;
  if (/timeout expired|timed? ?out/i.test(message)) {
    return "its host does not answer; check the host, the port and the network (timeout)";
  }
  if (/password must be a string|no password/i.test(message)) {
    return "the server asks for a password; put it into the address";
  }
  return (message || code || "unknown cause").replace(/\.$/, "");
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "";
}
