import { interrupt } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { inspect } from "../../src/runtime/inspect.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { temporaryFolder } from "../storage/databases.ts";
import { graphOf, QUESTION } from "./foreign.ts";

const here = { thread: "t" };

const Name = z.string().trim().min(1).max(5);
const Ruling = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("keep") }),
  z.strictObject({ action: z.literal("drop"), reason: z.string().min(1) }),
]);

/** A graph that asks for an answer of a schema, and says it. */
const asking = (responseSchema: z.ZodType) =>
  graphOf(() => ({ said: [JSON.stringify(interrupt("Which?", { responseSchema }))] }));

describe("an answer that does not fit the question", () => {
  it.each<[unknown, z.ZodType, RegExp]>([
    ["", Name, />=1 characters/],
    [" \n", Name, />=1 characters/],
    ["too long", Name, /<=5 characters/],
    [7, Name, /expected string, received number/],
    [null, Name, /expected string, received null/],
    ["drop", Ruling, /expected object, received string/],
    [{ action: "sell" }, Ruling, /"action": /],
    [{ action: "drop" }, Ruling, /"reason": .*expected string/],
    [{ action: "keep", reason: "Why not." }, Ruling, /Unrecognized key: "reason"/],
  ])("is refused with the reason, and the question stays open: %j", async (resume, schema, reason) => {
    const graph = asking(schema);
    const { interrupts } = await run(graph, QUESTION, here);
    const refused = run(graph, null, { ...here, resume });
    await expect(refused).rejects.toMatchObject({ name: "RefusedAnswerError", code: "REFUSED_ANSWER" });
    await expect(refused).rejects.toThrow(reason);
    expect(await inspect(graph, here)).toMatchObject({
      run: { status: "needs_human" },
      unfinished: true,
      interrupts,
      path: [],
    });
    const fitting = schema === Name ? " Ann " : { action: "keep" };
    expect(await run(graph, null, { ...here, resume: fitting })).toMatchObject({
      status: "done",
      output: { said: [schema === Name ? '"Ann"' : '{"action":"keep"}'] },
      path: ["work"],
    });
  });

  it("to the second question of a node leaves the first one answered", async () => {
    const ask = (question: string) => interrupt(question, { responseSchema: Name });
    const graph = graphOf(() => ({ said: [`${ask("First?")}, ${ask("Second?")}`] }));
    await run(graph, QUESTION, here);
    await run(graph, null, { ...here, resume: "one" });
    await expect(run(graph, null, { ...here, resume: "" })).rejects.toThrow(/characters/);
    expect((await inspect(graph, here))?.interrupts).toMatchObject([{ value: "Second?" }]);
    expect(await run(graph, null, { ...here, resume: "two" })).toMatchObject({
      output: { said: ["one, two"] },
    });
  });

  it("is refused in a SQLite file too, where another process then gives one that fits", async () => {
    const url = `file:${temporaryFolder()}/runs.db`;
    const graph = asking(Name);
    const first = openStorage(url);
    await run(graph, QUESTION, { ...here, ...first });
    const refused = run(graph, null, { ...here, ...first, resume: "" });
    await expect(refused).rejects.toMatchObject({ name: "RefusedAnswerError" });
    await first.close();
    const second = openStorage(url);
    const answered = await run(asking(Name), null, { ...here, ...second, resume: "Ann" });
    expect(answered).toMatchObject({ status: "done", output: { said: ['"Ann"'] } });
    await second.close();
  });
});
