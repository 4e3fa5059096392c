import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { resultOf, Workplace } from "../cli/command.ts";
import { hang, startEndpoint, writerAnswers } from "../endpoint/server.ts";
import { createDatabase, POSTGRES } from "../storage/databases.ts";

const answers = writerAnswers();
const ARGUMENTS = ["supervisor", "--thread", "t", "--docs", "docs", "--output", "json"];
const TASK = "How does a workflow survive a crash?";

/** An endpoint that never gives the n-th answer, and the environment of commands that ask it. */
async function endpointFor(database: string, n?: number) {
  const endpoint = await startEndpoint({
    answer: (request) => (request.n === n ? hang() : answers(request)),
  });
  onTestFinished(endpoint.close);
  const env = { OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "none", DATABASE_URL: database };
  return { endpoint, env };
}

async function endsAlike(database: () => Promise<string>) {
  const uninterrupted = await endpointFor(await database());
  const whole = await new Workplace().call([...ARGUMENTS, TASK], uninterrupted);
  const { endpoint, env } = await endpointFor(await database(), 6);
  const place = new Workplace();
  const { child, ended } = place.start([...ARGUMENTS, TASK], { env });
  while (endpoint.requests.length < 7) await sleep(5);
  child.kill("SIGKILL");
  expect((await ended).code).toBeNull();
  const resumed = await place.call([...ARGUMENTS, "--resume"], { env });
  const { status, output, path } = resultOf(whole);
  expect(resultOf(resumed)).toMatchObject({ status, output, path, spend: { calls: 11 } });
  expect([status, uninterrupted.endpoint.requests.length, endpoint.requests.length]).toEqual([
    "done",
    10,
    11,
  ]);
}

describe("a command that is killed in the middle, and the one that resumes it", () => {
  it("end as one command does that nothing disturbs", () => endsAlike(async () => "file:runs.db"));

  it.skipIf(!POSTGRES)("do so on Postgres", () =>
    endsAlike(async () => {
      const { url, drop } = await createDatabase();
      onTestFinished(drop);
      return url;
    }),
  );
});
