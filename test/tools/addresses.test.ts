import { describe, expect, test } from "vitest";
import { checkHost, isPublic } from "../../src/tools/addresses.ts";

const PRIVATE = [
  "0.0.0.0",
  "0.1.2.3",
  "10.1.2.3",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.1",
  "192.0.2.1",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "::ffff:0:127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::1",
  "100::1",
  "2001:db8::1",
  "2001::1",
  "2002:7f00:1::",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "4000::1",
  "not an address",
  "",
];

const PUBLIC = [
  "1.1.1.1",
  "8.8.8.8",
  "172.15.0.1",
  "172.32.0.1",
  "100.128.0.1",
  "192.167.1.1",
  "2606:4700::1111",
  "::ffff:8.8.8.8",
];

describe("an address", () => {
  test.each(PRIVATE)("is not public: %s", (address) => {
    expect(isPublic(address)).toBe(false);
  });

  test.each(PUBLIC)("is public: %s", (address) => {
    expect(isPublic(address)).toBe(true);
  });

  test.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://127.0.0.1./",
    "http://[::1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://169.254.169.254/latest/meta-data",
    "http://１２７.0.0.1/",
  ])("is refused in an address of the web however it is written: %s", (url) => {
    expect(() => checkHost(new URL(url).hostname)).toThrow("is not a public address");
  });

  test("that is a name is left to the look-up", () => {
    expect(() => checkHost("example.org")).not.toThrow();
  });
});
