import type { LookupFunction } from "node:net";
import { expect, test, vi } from "vitest";
import type * as Addresses from "../../src/tools/addresses.ts";
import { webPage } from "../../src/tools/web-page.ts";
import { webServer } from "./web-server.ts";

// Every name counts as public, so that a server on this machine can stand for one of the internet.
vi.mock("../../src/tools/addresses.ts", async (original) => ({
  ...(await original<typeof Addresses>()),
  publicLookup: (lookup: LookupFunction) => lookup,
}));

const lookup: LookupFunction = (_, options, callback) =>
  options.all ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4);

test.each([301, 302, 303, 307, 308])(
  "a public page that redirects to a private address by %i is not followed",
  async (status) => {
    const inside = await webServer((_, response) => response.end("Inside."));
    const outside = await webServer((_, response) =>
      response.writeHead(status, { location: inside.url }).end(),
    );
    const reading = webPage({ allowPrivate: false, lookup }).invoke({
      url: `http://outside.example:${outside.port}/`,
    });
    await expect(reading).rejects.toThrow("127.0.0.1 is not a public address");
    expect(outside.requests).toHaveLength(1);
    expect(inside.requests).toEqual([]);
  },
);
