import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { ToolError } from "../errors.ts";

/**
 * Whether an IP address is one of the public internet: not this machine, its network, a carrier's, a multicast
 * group or any other range that is set apart, nor an IPv6 address that wraps one of IPv4.
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return false;
  // Of IPv6, only 2000::/3 is given out; ::/96 would wrap an address of IPv4.
  return parsed.kind() === "ipv4" || parsed.match(GLOBAL, 3);
}

const GLOBAL = ipaddr.parse("2000::");

/**
 * Refuses a host that is written as an address of no public network; a name is checked when it is looked up.
 *
 * @param host as `URL` writes it, which has read decimal, octal and hexadecimal addresses
 */
export function checkHost(host: string): void {
  const literal = host.replace(/^\[|\]$/g, "");
  if (isIP(literal) !== 0 && !isPublic(literal)) throw refused(host);
}

/**
 * A look-up of names that refuses those with a private address. Given to the connection itself, so that the address
 * that was checked is the one that is connected to.
 */
export function publicLookup(lookup: LookupFunction): LookupFunction {
  return (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses = typeof found === "string" ? [{ address: found, family: isIP(found) }] : found;
      const [first] = addresses;
      if (!first || addresses.some(({ address }) => !isPublic(address))) return callback(refused(host), []);
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
}

const refused = (host: string) =>
  new ToolError(
    `${host} is not a public address, and pages of this machine and its network are not read. Choose a public page.`,
  );
