import { describe, expect, it } from "vitest";
import { startEndpoint, writerAnswers } from "../endpoint/server.ts";
import { pathWith } from "../runtime/articles.ts";
import { resultOf, TOPIC, Workplace } from "./command.ts";

const WRITE = ["review-loop", "--docs", "docs", "--thread", "t"];
const REJECTED = {
  approved: false,
  objections: [{ aspect: "completeness", problem: "It names no cost.", change: "Name one." }],
};
const APPROVED = { approved: true, objections: [] };

/** An endpoint whose models object to the same each time, but for the one that is called "lenient". */
async function strictEndpoint() {
  const endpoint = await startEndpoint({
    answer: writerAnswers({ Verdict: ({ body }) => (body.model === "lenient" ? APPROVED : REJECTED) }),
  });
  return { endpoint, env: { OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "test", OPENAI_MODEL: "strict" } };
}

describe.concurrent("a command whose run stands still", () => {
  it("ends with code 5, prints what there is and why, says how to go on, and goes on with another model", async () => {
    const place = new Workplace();
    const { endpoint, env } = await strictEndpoint();
    const first = await place.call([...WRITE, TOPIC], { env });
    expect(first.code).toBe(5);
    expect(first.out).toMatch(
      /^# How does a workflow survive a crash\?\n[\s\S]*## Open objections\n\n- It names no/,
    );
    expect(first.err).toMatch(/\nstalled · 5 nodes · 6 calls · /);
    expect(first.err).toMatch(
      /\nThe run makes no progress: the same objections came 2 times in a row: It names no/,
    );
    expect(first.err).toMatch(
      /\nGo on with: graphwright review-loop --thread t --resume --model ANOTHER --docs docs\n$/,
    );

    const fresh = await place.call([...WRITE, TOPIC], { env });
    expect(fresh).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("is unfinished; resume it"),
    });

    const last = await place.call([...WRITE, "--resume", "--model", "lenient", "--output", "json"], { env });
    await endpoint.close();
    expect(last.code).toBe(0);
    expect(resultOf(last)).toMatchObject({
      status: "done",
      output: { approved: true },
      path: pathWith(1),
      spend: { calls: 7 },
    });
    expect(endpoint.requests).toHaveLength(7);
    expect(endpoint.requests.at(-1)?.body.model).toBe("lenient");
  });

  it("gives the whole result as JSON too, and goes on with the same model to the bound", async () => {
    const place = new Workplace();
    const { endpoint, env } = await strictEndpoint();
    const first = await place.call([...WRITE, TOPIC, "--output", "json"], { env });
    expect(first.code).toBe(5);
    expect(resultOf(first)).toMatchObject({
      status: "stalled",
      output: null,
      partial: expect.stringContaining("## Open objections"),
      interrupts: [],
      error: { code: "STALLED", message: expect.stringContaining("the same objections") },
    });
    const last = await place.call([...WRITE, "--resume", "--output", "json"], { env });
    await endpoint.close();
    expect(last.code).toBe(0);
    expect(resultOf(last)).toMatchObject({
      status: "done",
      output: { approved: false, ended: { reason: "rounds" } },
      path: pathWith(2),
    });
  });
});
