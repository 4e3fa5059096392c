import { interrupt } from "@langchain/langgraph";
import { expect, it } from "vitest";
import type { RunEvent } from "../../src/events/events.ts";
import { notify } from "../../src/events/notices.ts";
import { run } from "../../src/runtime/run.ts";
import { graphOf, QUESTION } from "./foreign.ts";

const KEY = `sk-${"a1B2".repeat(8)}`;

it("no event and no error of a run holds a secret; its output and its questions are as they are", async () => {
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => void events.push(event);
  const failing = graphOf(() => {
    notify({ type: "tool", tool: "send", args: { key: KEY, password: "p" }, ok: true, ms: 1 });
    throw new Error(`The key ${KEY} is refused.`);
  });
  const failed = await run(failing, QUESTION, { onEvent });
  expect(failed.error?.message).toBe("The key [redacted] is refused.");
  expect(events.find(({ type }) => type === "tool")).toMatchObject({
    args: { key: "[redacted]", password: "[redacted]" },
  });
  const asking = graphOf(() => ({ said: [String(interrupt({ ask: `Is ${KEY} yours?` }))] }));
  const asked = await run(asking, QUESTION, { thread: "t", onEvent });
  expect(asked.interrupts).toMatchObject([{ value: { ask: `Is ${KEY} yours?` } }]);
  expect(JSON.stringify(events)).not.toContain(KEY);
  const done = await run(asking, null, { thread: "t", resume: KEY, onEvent });
  expect(done.output).toMatchObject({ said: [KEY] });
  expect(JSON.stringify(events)).not.toContain(KEY);
});
