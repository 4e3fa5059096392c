import { afterEach, describe, expect, it } from "vitest";
import { ASK, BY_JSON, BY_SCHEMA, BY_TOOL, YES } from "./asked.ts";
import { type Endpoint, type Supports, startEndpoint, text } from "./server.ts";

let endpoint: Endpoint | undefined;
afterEach(() => endpoint?.close());

async function open(supports: Supports = {}) {
  endpoint = await startEndpoint({ answer: () => text("fine"), supports });
  return endpoint;
}

describe("requests that a strict endpoint refuses", () => {
  const post = async (url: string, body: unknown) => {
    const response = await fetch(`${url}/chat/completions`, { method: "POST", body: JSON.stringify(body) });
    return { status: response.status, body: await response.text() };
  };
  const tool_calls = [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }];

  it.each([
    [
      "a strict schema with a limit",
      { ...BY_SCHEMA, response_format: loose() },
      "'minLength' is not permitted",
    ],
    ["JSON mode without the word", { ...BY_JSON, messages: ASK.messages }, "must contain the word 'json'"],
    ["a choice without tools", { ...ASK, tool_choice: "auto" }, "only allowed when 'tools'"],
    ["a result without its call", { ...ASK, messages: [{ role: "tool", tool_call_id: "a" }] }, "preceding"],
    [
      "a call without its result",
      { ...ASK, messages: [{ role: "assistant", tool_calls }] },
      "no response: a",
    ],
  ])("refuses %s", async (_, body, message) => {
    const endpoint = await open();
    const got = await post(endpoint.url, body);
    expect(got.status).toBe(400);
    expect(got.body).toContain(message);
  });

  it("refuses what a limited endpoint does not support", async () => {
    const endpoint = await open({ strict: false, tools: false, json: false });
    for (const body of [BY_SCHEMA, BY_TOOL, BY_JSON]) {
      expect((await post(endpoint.url, body)).body).toContain("support");
    }
    expect((await post(endpoint.url, ASK)).status).toBe(200);
  });

  function loose() {
    const schema = { ...YES, properties: { yes: { type: "string", minLength: 1 } } };
    return { type: "json_schema", json_schema: { name: "Yes", strict: true, schema } };
  }
});
