import { statSync } from "node:fs";
import { realPath } from "./real-path.ts";

/**
 * Whether two addresses name one database, however they are written: for SQLite the same file by way of links and
 * other names, for Postgres the same host, port and database. Names that lead to one host are not looked up.
 */
export function isSameDatabase(one: string, other: string): boolean {
  if (one === other) return true;
  if (one.startsWith("file:") && other.startsWith("file:")) {
    return isSameFile(realPath(one.slice("file:".length)), realPath(other.slice("file:".length)));
  }
  const [place, otherPlace] = [postgresPlace(one), postgresPlace(other)];
  return place !== undefined && place === otherPlace;
}

function isSameFile(one: string, other: string): boolean {
  if (one === other) return true;
  const [found, otherFound] = [one, other].map((path) =>
    statSync(path, { bigint: true, throwIfNoEntry: false }),
  );
  return found !== undefined && found.ino === otherFound?.ino && found.dev === otherFound.dev;
}

const LOOPBACK = /^(?:|localhost|127\.0\.0\.1|\[?::1\]?)$/;

/** Host, port and database, as the driver reads them from an address; undefined for another address. */
function postgresPlace(url: string): string | undefined {
  if (!/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url)) return undefined;
  const { hostname, port, pathname, searchParams, username } = new URL(url);
  const host = (searchParams.get("host") ?? decodeURIComponent(hostname)).toLowerCase();
  const user = searchParams.get("user") ?? decodeURIComponent(username);
  return JSON.stringify([
    LOOPBACK.test(host) ? "localhost" : host,
    searchParams.get("port") || port || "5432",
    decodeURIComponent(pathname.slice(1)) || user,
  ]);
}
