import { setTimeout as sleep } from "node:timers/promises";
import { ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ToolError } from "../../src/errors.ts";
import { boundedJsonTool, boundedTool, cut, traitsOf } from "../../src/tools/bounded.ts";
import { called } from "./call.ts";

const told = { name: "look", description: "Looks it up." };
const schema = z.object({ what: z.string().default("all") });

/** Work that ends only when it is told to stop, if it heeds that. */
const heeding = (signal: AbortSignal) =>
  new Promise<string>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

const never = () => new Promise<string>(() => {});

describe("a bounded tool", () => {
  it("gives its text, and its arguments as the schema makes them", async () => {
    const look = boundedTool({ ...told, schema }, ({ what }) => `of ${what}`);
    expect(await called(look, {})).toEqual({ text: "of all", artifact: undefined });
    expect(await look.invoke({ what: "one" })).toBe("of one");
  });

  it("gives a value for programs beside its text", async () => {
    const look = boundedTool({ ...told, schema }, () => ({ content: "two", artifact: [1, 2] }));
    expect(await called(look, {})).toEqual({ text: "two", artifact: [1, 2] });
    expect(await look.invoke({})).toBe("two");
  });

  it("refuses arguments that do not fit, and does nothing", async () => {
    let done = 0;
    const work = () => `${++done}`;
    const look = boundedTool({ ...told, schema }, work);
    await expect(look.invoke({ what: 7 })).rejects.toThrow(/what/);
    const json = { type: "object", properties: { what: { type: "string" } }, required: ["what"] };
    const other = boundedJsonTool({ ...told, schema: json }, work);
    await expect(other.invoke({})).rejects.toThrow(/what/);
    expect(done).toBe(0);
    expect(await other.invoke({ what: "x" })).toBe("1");
  });

  it.each([
    [
      "throws",
      () => {
        throw new ToolError("Call seek instead.");
      },
    ],
    [
      "rejects",
      async () => {
        throw new ToolError("Call seek instead.");
      },
    ],
  ])("lets through what its work %s", async (_, work: () => string | Promise<string>) => {
    const look = boundedTool({ ...told, schema }, work);
    await expect(look.invoke({})).rejects.toThrow(new ToolError("Call seek instead."));
  });
});

describe("what a tool complains of", () => {
  it("keeps its class, and is cut where it is too long to be shown", async () => {
    const work = (): string => {
      throw new ToolError("x".repeat(2_001));
    };
    const failure: unknown = await boundedTool({ ...told, schema }, work)
      .invoke({})
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ToolError);
    expect(String(failure)).toMatch(/x{2000}\n… cut after 2000 of 2001 characters\.$/);
  });
});

describe("an error with a long message", () => {
  it("is cut, and stays of its class", async () => {
    const long = new ToolError("x".repeat(5_000));
    const look = boundedTool({ ...told, schema }, () => {
      throw long;
    });
    const failure: unknown = await look.invoke({}).catch((error: unknown) => error);
    expect(failure).toBe(long);
    expect(long.message).toBe(`${"x".repeat(2_000)}\n… cut after 2000 of 5000 characters.`);
  });
});

describe("what a tool gives", () => {
  it("is cut where it is too long, and says so", async () => {
    const look = boundedTool({ ...told, schema, maxChars: 5 }, ({ what }) => what);
    expect((await called(look, { what: "12345" })).text).toBe("12345");
    expect((await called(look, { what: "123456" })).text).toBe("12345\n… cut after 5 of 6 characters.");
    expect(await look.invoke({ what: "1234567" })).toBe("12345\n… cut after 5 of 7 characters.");
  });

  it("is at most 20,000 characters unless it says otherwise, and its artifact stays whole", async () => {
    const long = "x".repeat(20_001);
    const look = boundedTool({ ...told, schema }, () => ({ content: long, artifact: long }));
    const { text, artifact } = await called(look, {});
    expect(text).toBe(`${"x".repeat(20_000)}\n… cut after 20000 of 20001 characters.`);
    expect(artifact).toBe(long);
  });

  it("is cut for tools by JSON Schema too", async () => {
    const look = boundedJsonTool({ ...told, schema: { type: "object" }, maxChars: 1 }, () => "ab");
    expect(await look.invoke({})).toBe("a\n… cut after 1 of 2 characters.");
  });

  it("may be empty", () => {
    expect([cut("", 0), cut("", 1)]).toEqual(["", ""]);
  });
});

describe("the time of a call", () => {
  const brief = { ...told, schema, timeoutMs: 20 };
  const over = new ToolError("look came to no end within 0.02 s; ask for less at once.");

  it("ends it with an error that the model can act on, and aborts the work's signal", async () => {
    let signal: AbortSignal | undefined;
    const look = boundedTool(brief, (_, call) => {
      signal = call.signal;
      return heeding(call.signal);
    });
    await expect(look.invoke({})).rejects.toThrow(over);
    expect(signal?.aborted).toBe(true);
  });

  it("ends it also where the work ignores its signal", async () => {
    await expect(boundedTool(brief, never).invoke({})).rejects.toThrow(over);
    const json = boundedJsonTool({ ...brief, schema: { type: "object" } }, never);
    await expect(json.invoke({})).rejects.toThrow(over);
  });

  it("is each call's own, and over with it", async () => {
    const signals: AbortSignal[] = [];
    const look = boundedTool(brief, async (_, { signal }) => {
      signals.push(signal);
      return "";
    });
    await look.invoke({});
    await sleep(40);
    await look.invoke({});
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  });

  it("has no limit of the tool's own where it acts", async () => {
    const act = boundedTool({ ...brief, acts: true }, async (_, { signal }) => {
      await sleep(60);
      return String(signal.aborted);
    });
    expect(await act.invoke({})).toBe("false");
  });
});

describe("an abort from outside", () => {
  const stopped = new Error("The run is stopped.");

  it.each([[false], [true]])("is passed on as such; acts: %s", async (acts) => {
    const stop = new AbortController();
    const reasons: unknown[] = [];
    const look = boundedTool({ ...told, schema, timeoutMs: 60_000, acts }, (_, { signal }) => {
      setTimeout(() => stop.abort(stopped));
      return heeding(signal).finally(() => reasons.push(signal.reason));
    });
    const failure: unknown = await look.invoke({}, { signal: stop.signal }).catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(ToolError);
    expect(reasons).toEqual([stopped]);
  });

  it("ends a call whose work ignores it", async () => {
    const stop = new AbortController();
    const look = boundedTool({ ...told, schema, timeoutMs: 60_000 }, () => {
      setTimeout(() => stop.abort(stopped));
      return never();
    });
    await expect(look.invoke({}, { signal: stop.signal })).rejects.not.toThrow(ToolError);
  });

  it("that came before lets no work begin", async () => {
    let begun = false;
    const look = boundedTool({ ...told, schema }, () => {
      begun = true;
      return "";
    });
    await expect(look.invoke({}, { signal: AbortSignal.abort(stopped) })).rejects.toThrow();
    expect(begun).toBe(false);
  });
});

describe("the time of a tool", () => {
  it.each([{ acts: true }, { workflow: true }])("is its own where it says %j", async (trait) => {
    const slow = boundedTool({ ...told, schema, timeoutMs: 1, ...trait }, () => sleep(20, "Done."));
    expect(await slow.invoke({ what: "" })).toBe("Done.");
  });
});

describe("the traits of a tool", () => {
  const traits = { readOnly: true, evidence: true, acts: true, workflow: true };

  it("stay with it", async () => {
    const look = boundedTool({ ...told, schema, ...traits }, () => "");
    await look.invoke({});
    expect(traitsOf(look)).toEqual(traits);
    const json = boundedJsonTool({ ...told, schema: { type: "object" }, readOnly: true }, () => "");
    expect(traitsOf(json)).toEqual({ readOnly: true, evidence: false, acts: false, workflow: false });
  });

  it("hold what it is bound to, looked up when it is asked for", () => {
    let folder = "one";
    const bound = { ...told, schema, cacheKey: () => folder };
    const look = boundedTool(bound, () => "");
    folder = "two";
    expect(traitsOf(look).cacheKey).toBe("two");
    expect(traitsOf(boundedTool({ ...bound, cacheKey: "three" }, () => "")).cacheKey).toBe("three");
  });

  it("hold what it is bound to, which may be asked for only then", () => {
    let folder = "a";
    const keyed = (cacheKey: string | (() => string)) => boundedTool({ ...told, schema, cacheKey }, () => "");
    expect(traitsOf(keyed("of a"))).toMatchObject({ cacheKey: "of a" });
    const late = keyed(() => folder);
    folder = "b";
    expect(traitsOf(late)).toMatchObject({ cacheKey: "b" });
  });

  it("are none unless they are given, nor of a tool of someone else's", () => {
    const none = { readOnly: false, evidence: false, acts: false, workflow: false };
    expect(traitsOf(boundedTool({ ...told, schema }, () => ""))).toEqual(none);
    expect(traitsOf(tool(() => "", { ...told, schema }))).toEqual(none);
    const odd = { graphwright: { readOnly: "yes", acts: 1 } };
    expect(traitsOf(tool(() => "", { ...told, schema, metadata: odd }))).toEqual(none);
  });
});

it("as a tool of LangChain it gives the message of its call", async () => {
  const look = boundedTool({ ...told, schema, maxChars: 3 }, ({ what }) => ({
    content: what,
    artifact: { what },
  }));
  const call = { type: "tool_call" as const, id: "7", name: "look", args: { what: "four" } };
  const message: unknown = await look.invoke(call);
  expect(ToolMessage.isInstance(message)).toBe(true);
  expect(message).toMatchObject({
    content: "fou\n… cut after 3 of 4 characters.",
    artifact: { what: "four" },
    tool_call_id: "7",
    name: "look",
  });
});
