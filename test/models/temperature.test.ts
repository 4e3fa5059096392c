import { HumanMessage } from "@langchain/core/messages";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { modelCall } from "../../src/models/call.ts";
import { openaiModel } from "../../src/models/openai.ts";
import type { Models } from "../../src/state/context.ts";
import { BoundedCache } from "../../src/storage/cache.ts";
import { failure, type Reply, text } from "../endpoint/server.ts";
import { against, KEY, of, one, QUESTION } from "../resilience/against.ts";

/** What OpenAI says of a model that takes no temperature. */
const REFUSED = failure(400, {
  message: "Unsupported value: 'temperature' does not support 0.2 with this model.",
  code: "unsupported_value",
  param: "temperature",
});

/** A graph that asks once with each temperature, and what it took to answer. */
async function asked(
  temperatures: readonly (number | undefined)[],
  answer: (temperature: unknown, model: string) => Reply = () => text("Scattering."),
  models?: (url: string) => Models,
) {
  const world = await against(({ body }) => answer(body["temperature"], body.model));
  const graph = one(async (_, { context }) => {
    let said = "";
    for (const temperature of temperatures) {
      const messages = [new HumanMessage(QUESTION)];
      said = (await modelCall({ role: "writer", messages, temperature }, context)).message.text;
    }
    return { answer: said };
  });
  const told = await world.go(graph, models && { models: models(world.endpoint.url) });
  const sent = world.endpoint.requests.map(({ body }) => [body.model, body["temperature"]]);
  return { told, sent, notes: of(told, "note").map(({ text }) => text) };
}

describe("a call with a temperature", () => {
  it("sends it, and sends none where none is given", async () => {
    const { told, sent, notes } = await asked([0, 0.7, undefined]);
    expect(told.result).toMatchObject({ status: "done", spend: { calls: 3 } });
    expect(sent).toEqual([
      ["gpt-test", 0],
      ["gpt-test", 0.7],
      ["gpt-test", undefined],
    ]);
    expect(notes).toEqual([]);
  });

  it("is made again without it where the model takes none, which is said", async () => {
    const { told, sent, notes } = await asked([0.2], (temperature) =>
      temperature === undefined ? text("Scattering.") : REFUSED,
    );
    expect(told.result).toMatchObject({
      status: "done",
      output: { answer: "Scattering." },
      spend: { calls: 2 },
    });
    expect(sent.map(([, temperature]) => temperature)).toEqual([0.2, undefined]);
    expect(notes).toEqual([
      "gpt-test takes no temperature from here: it answers with its own, and not with 0.2.",
    ]);
  });

  it("fails as it would without it, where the request is refused for something else", async () => {
    const refused = failure(400, { message: "The request is too long for this model." });
    const { told, sent } = await asked([0.2], () => refused);
    expect(told.result).toMatchObject({ status: "failed", error: { code: "MODEL_BAD_REQUEST" } });
    expect(sent).toHaveLength(1);
  });

  it("keeps it for the next model of the fallback order", async () => {
    const { told, sent } = await asked(
      [0.2],
      (_, model) => (model === "gone" ? failure(404) : text("Scattering.")),
      () => ["gone", "there"],
    );
    expect(told.result.status).toBe("done");
    expect(sent).toEqual([
      ["gone", 0.2],
      ["there", 0.2],
    ]);
  });

  it("keeps it for the next model, too, where the one before refused it and then failed without it", async () => {
    const { told, sent, notes } = await asked(
      [0.2],
      (temperature, model) => {
        if (model === "there") return text("Scattering.");
        return temperature === undefined ? failure(404) : REFUSED;
      },
      () => ["gone", "there"],
    );
    expect(told.result.status).toBe("done");
    expect(sent).toEqual([
      ["gone", 0.2],
      ["gone", undefined],
      ["there", 0.2],
    ]);
    expect(notes).toEqual([
      "gone takes no temperature from here: it answers with its own, and not with 0.2.",
    ]);
  });

  it("leaves a caller's own model its own, which is said", async () => {
    const { told, sent, notes } = await asked([0.2], undefined, (url) =>
      openaiModel("own", { baseUrl: url, apiKey: KEY, models: ["own"], structured: "strict" }, null, 1),
    );
    expect(told.result.status).toBe("done");
    expect(sent).toEqual([["own", 1]]);
    expect(notes).toEqual(["own takes no temperature from here: it answers with its own, and not with 0.2."]);
  });

  it("is another request than one with another: no cache answers it", async () => {
    const { endpoint, go } = await against(() => text("Scattering."));
    const graph = new StateGraph(new StateSchema({ question: z.string(), answer: z.string() }))
      .addNode("work", async () => {
        for (const temperature of [0.2, 0.2, 0.7, undefined]) {
          const messages = [new HumanMessage(QUESTION)];
          await modelCall({ role: "writer", messages, temperature, cacheSeconds: 60 }, undefined);
        }
        return { answer: "Scattering." };
      })
      .addEdge(START, "work")
      .addEdge("work", END)
      .compile({ name: "cached", cache: new BoundedCache() });
    expect((await go(graph)).result.status).toBe("done");
    expect(endpoint.requests.map(({ body }) => body["temperature"])).toEqual([0.2, 0.7, undefined]);
  });
});
