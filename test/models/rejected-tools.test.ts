import type { StructuredToolInterface } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { boundedJsonTool, boundedTool } from "../../src/tools/bounded.ts";
import { type Answer, failure, malformedBody, type Reply, text } from "../endpoint/server.ts";
import { against, expectOneSentence, nodes, of, one } from "../resilience/against.ts";

const REFUSAL =
  "Invalid schema for function 'pay': In context=('properties', 'to'), array schema missing items.";
const PLACE = "tools[1].function.parameters";
const OFFERED = "(offered were look, pay).";

const sseError = (error: object) => malformedBody(JSON.stringify({ error }));
const named = (name: string) =>
  boundedTool({ name, description: name, schema: z.object({ to: z.string() }) }, () => name);

/** What a run came to whose agent offers these tools, to an endpoint that answers so. */
async function offering(answer: Answer | Reply[], tools: StructuredToolInterface[]) {
  const world = await against(answer);
  const work = nodes.agent({
    role: "writer",
    prompt: ({ question }) => question,
    tools,
    into: "report",
  });
  const told = await world.go(one(work));
  return { told, message: expectOneSentence(told), requests: world.endpoint.requests.length };
}

const offeringTwo = (reply: Reply) => offering([reply, text("Paid.")], [named("look"), named("pay")]);

const REFUSALS: Record<string, Reply> = {
  "a 400": failure(400, { message: REFUSAL, param: PLACE, code: "invalid_function_parameters" }),
  "a 422 without a place": failure(422, { message: REFUSAL }),
  "a 400 that names the tool by its place alone": failure(400, {
    message: "array schema missing items",
    param: PLACE,
  }),
  "an event of the stream with a status": sseError({ message: REFUSAL, code: 400 }),
  "an event of the stream with a type": sseError({
    message: REFUSAL,
    type: "invalid_request_error",
    param: PLACE,
    code: "invalid_function_parameters",
  }),
};

describe("a tool that the endpoint refuses", () => {
  it.each(Object.entries(REFUSALS))("fails the run at once, which names it: by %s", async (_, reply) => {
    const { told, message, requests } = await offeringTwo(reply);
    expect(told.result).toMatchObject({ error: { code: "MODEL_BAD_REQUEST" }, spend: { calls: 1 } });
    expect(message).toContain("array schema missing items");
    expect(message).toContain(
      `; change the schema or the name of pay, or leave it out of the role's tools ${OFFERED}`,
    );
    expect(of(told, "retry")).toEqual([]);
    expect(requests).toBe(1);
  });

  it.each([
    ["schema", boundedJsonTool({ name: "pay", description: "", schema: { type: "array" } }, () => ""), "pay"],
    ["name", named("pay for it"), "pay for it"],
  ])("is named where a strict endpoint does not take its %s", async (_, tool, name) => {
    const { message, requests } = await offering([text("Paid.")], [named("look"), tool]);
    expect(message).toMatch(/\(400: Invalid (schema for function|function name) 'pay/);
    expect(message).toContain(`; change the schema or the name of ${name}, or leave it out`);
    expect(requests).toBe(1);
  });

  it("is one of those offered where the refusal does not say which", async () => {
    const { message } = await offeringTwo(failure(400, { message: "Unsupported keyword in a JSON schema." }));
    expect(message).toContain(`of the tool that it refuses, or leave it out of the role's tools ${OFFERED}`);
  });

  it("is not held to be the reason where the input is too long", async () => {
    const long = "This model's maximum context length is 9 tokens (7 in the messages, 8 in the functions).";
    const { message } = await offeringTwo(failure(400, { message: long, param: "messages" }));
    expect(message).toContain("; shorten the input, or choose a model that reads more.");
  });
});
