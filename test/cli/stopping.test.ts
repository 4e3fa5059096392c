import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  type Answer,
  type Endpoint,
  type EndpointRequest,
  hang,
  late,
  startEndpoint,
  writerAnswers,
} from "../endpoint/server.ts";
import { pathWith } from "../runtime/articles.ts";
import { resultOf, TOPIC, Workplace } from "./command.ts";

/** An endpoint that never answers the n-th request, counted from 0, and an environment that names it. */
const hangingAt = (at: number) => endpointWith(({ n }) => n === at && hang());

/** An endpoint that answers as an article's writers do, except where it is told otherwise. */
async function endpointWith(
  otherwise: (request: EndpointRequest, usual: Answer) => ReturnType<Answer> | false,
) {
  const answers = writerAnswers();
  const endpoint = await startEndpoint({
    answer: (request) => otherwise(request, answers) || answers(request),
  });
  return { endpoint, env: { OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "test" } };
}

const seen = async ({ requests }: Endpoint, count: number) => {
  while (requests.length < count) await sleep(5);
};

const WRITE = ["review-loop", "--docs", "docs", "--thread", "t"];

/** Resumes the run, which needs six answers in all, and checks that none that came was paid again. */
async function finishes(place: Workplace, endpoint: Endpoint, env: Record<string, string>, requests: number) {
  const last = await place.call([...WRITE, "--resume", "--output", "json"], { env });
  await endpoint.close();
  expect(last).toMatchObject({ code: 0 });
  expect(resultOf(last)).toMatchObject({
    status: "done",
    path: pathWith(1),
    spend: { calls: requests },
    output: { approved: true, article: expect.stringContaining("Revised as the reviewer asked.") },
  });
  expect(endpoint.requests).toHaveLength(requests);
}

describe.concurrent("a command that is stopped", () => {
  it("by Ctrl-C ends with code 130, prints what there is, says how to go on, and goes on", async () => {
    const place = new Workplace();
    const { endpoint, env } = await hangingAt(3);
    const { child, ended } = place.start([...WRITE, TOPIC], { env });
    await seen(endpoint, 4);

    const second = await place.call([...WRITE, "--resume"], { env });
    expect(second).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/^Another .* thread "t".*\n$/),
    });

    child.kill("SIGINT");
    const { code, out, err } = await ended;
    expect(code).toBe(130);
    expect(out).toMatch(/^# How does a workflow survive a crash\?\n[\s\S]*## Sources/);
    expect(err).toMatch(/\ncancelled · 3 nodes · 4 calls · about /);
    expect(err).toMatch(/Go on with: graphwright review-loop --thread t --resume --docs docs\n$/);
    await finishes(place, endpoint, env, 7);
  });

  it("by SIGTERM, which npm passes on besides, finishes its step, ends with code 143, and goes on", async () => {
    const place = new Workplace();
    const { endpoint, env } = await endpointWith(async (request, usual) =>
      late(request.n === 1 ? 1_500 : 0, await usual(request)),
    );
    const { child, ended } = place.start([...WRITE, TOPIC], { env });
    await seen(endpoint, 2);
    child.kill("SIGTERM");
    await sleep(50);
    child.kill("SIGTERM");
    const { code, out, err } = await ended;
    expect({ code, out }).toEqual({ code: 143, out: "" });
    expect(err).toMatch(/\ncancelled · 2 nodes · 2 calls · /);
    expect(err).toMatch(/Go on with: .*--thread t --resume/);
    expect(endpoint.requests).toHaveLength(2);
    await finishes(place, endpoint, env, 6);
  });

  it.each([0, 2, 5])("by kill -9 in its model call %i pays only for that one again", async (n) => {
    const place = new Workplace();
    const { endpoint, env } = await hangingAt(n);
    const { child, ended } = place.start([...WRITE, TOPIC], { env });
    await seen(endpoint, n + 1);
    child.kill("SIGKILL");
    expect((await ended).code).toBeNull();
    await finishes(place, endpoint, env, 7);
  });

  it("by its budget ends with code 4, prints what there is, and goes on with a higher cap", async () => {
    const place = new Workplace();
    const { endpoint, env } = await endpointWith(() => false);
    const first = await place.call([...WRITE, TOPIC, "--budget-calls", "3"], { env });
    expect(first).toMatchObject({ code: 4, out: expect.stringMatching(/^# How does/) });
    expect(first.err).toMatch(/\nbudget exhausted · 3 nodes · 3 calls · /);
    expect(first.err).toMatch(/Go on with: .* --thread t --resume --budget-calls N/);
    const higher = await place.call([...WRITE, "--resume", "--budget-calls", "20"], { env });
    await endpoint.close();
    expect(higher).toMatchObject({ code: 0, err: expect.stringMatching(/\ndone · 7 nodes · 6 calls · /) });
    expect(endpoint.requests).toHaveLength(6);
  });

  it("by its time ends with code 4 while the endpoint hangs, and goes on with more of it", async () => {
    const place = new Workplace();
    let hangs = true;
    const { endpoint, env } = await endpointWith(({ n }) => hangs && n >= 3 && hang());
    const first = await place.call([...WRITE, TOPIC, "--timeout", "3", "--output", "json"], { env });
    expect(first.code).toBe(4);
    const { status, error, path, partial } = resultOf(first);
    expect({ status, error }).toMatchObject({ status: "budget_exhausted", error: { code: "BUDGET" } });
    expect(first.err).toMatch(/Go on with: .* --resume --timeout SECONDS/);
    if (path.length === 3) expect(partial).toMatch(/^# How does/);
    hangs = false;
    const more = await place.call([...WRITE, "--resume", "--timeout", "600"], { env });
    await endpoint.close();
    expect(more).toMatchObject({ code: 0 });
  });
});
