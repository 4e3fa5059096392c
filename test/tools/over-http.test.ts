import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { standardTools } from "../../src/tools/standard.ts";
import { calls, text } from "../endpoint/server.ts";
import { workedWith } from "./over-http-run.ts";
import { USES } from "./over-http-uses.ts";

const ANSWER = "That is it [1].";

/** A use of a tool, made for one test. */
async function used(name: string) {
  const use = USES[name];
  if (!use) throw new Error(`There is no use of ${name}.`);
  const made = await use.made();
  return { ...use, ...made, args: typeof use.args === "function" ? use.args(made) : use.args };
}

/** Calls a tool with arguments that do not fit, and then with those that do. */
async function misused(name: string) {
  const use = await used(name);
  const misfits = use.wrong.map(([args]) => ({ name, args }));
  const right = calls({ name, args: use.args });
  return { ...use, told: await workedWith(use.tools, [calls(...misfits), right, text(ANSWER)]) };
}

/** Settings are read once a process, so before anything else. */
vi.stubEnv("TAVILY_API_KEY", "tvly-0123456789");
vi.stubEnv("GRAPHWRIGHT_WEB_HOSTS", "tea.example");
vi.stubEnv("GRAPHWRIGHT_QUERY_DATABASE", "file:/nowhere/shop.db");

describe("a tool in a run over HTTP", () => {
  test("is each one of ours", () => {
    expect(Object.keys(USES)).toEqual(expect.arrayContaining(standardTools().map(({ name }) => name)));
  });

  test.each(Object.keys(USES))(
    "is offered, called, and its result shown under the call's id: %s",
    async (name) => {
      const { tools, done, args, shown, sources = [], evidence } = await used(name);
      const told = await workedWith(tools, [calls({ name, args }), text(ANSWER)]);
      expect(told).toMatchObject({ status: "done", error: null, spend: { calls: 2 } });
      const [offered] = told.offered[0] ?? [];
      expect(told.offered).toEqual([[offered], [offered]]);
      expect(offered).toMatchObject({
        name,
        description: expect.any(String),
        parameters: { type: "object" },
      });
      const schema: Record<string, unknown> = offered?.parameters ?? {};
      expect(z.fromJSONSchema(schema).safeParse(args)).toMatchObject({ success: true });
      expect(Object.keys(told.shown)).toEqual(["call_0_0"]);
      expect(told.shown["call_0_0"]).toContain(shown);
      expect(told.calls).toMatchObject([{ tool: name, args, ok: true, node: "work" }]);
      const report = { text: ANSWER, ended: "answered", evidence: evidence ? [evidence] : [] };
      expect(told.output).toMatchObject({
        report: { ...report, sources: sources.map((title) => ({ title })) },
      });
      done?.();
    },
  );

  test.each(Object.keys(USES))(
    "does nothing with arguments that do not fit, says so, and can be called again: %s",
    async (name) => {
      const { told, wrong, args, shown, done } = await misused(name);
      expect(told).toMatchObject({ status: "done", output: { report: { text: ANSWER, ended: "answered" } } });
      expect(told.calls).toMatchObject([
        ...wrong.map(([misfit]) => ({ tool: name, args: misfit, ok: false })),
        { tool: name, args, ok: true },
      ]);
      const { call_1_0: result, ...refusals } = told.shown;
      expect(Object.values(refusals)).toEqual(
        wrong.map(() =>
          expect.stringMatching(
            /^The call failed\.\n\n<material from=".*">\nError: Received tool input did not/,
          ),
        ),
      );
      expect(result).toContain(shown);
      done?.();
    },
  );

  const namesTheField = async (name: string) => {
    const { told, wrong } = await misused(name);
    for (const [at, [, field]] of wrong.entries()) expect(told.shown[`call_0_${at}`]).toContain(field);
  };
  test.each(Object.keys(USES))("names the argument that does not fit: %s", namesTheField);
});
