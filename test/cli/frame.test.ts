import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Frame, frame } from "../../src/cli/frame.ts";
import { plainLines } from "../../src/cli/plain-lines.ts";
import { NOTHING_SEEN } from "../../src/cli/run-view.ts";
import { seen } from "../../src/cli/seen.ts";
import { cut, widthOf } from "../../src/cli/width.ts";
import type { Happening, RunEvent } from "../../src/events/events.ts";
import { BEGUN, begins, branches, calls, ends, joins, spentOf, starts, told } from "./told.ts";

/** The view after some events, as the lines of a frame. */
function framed(events: readonly RunEvent[], more: Partial<Frame> & { after?: number } = {}): string[] {
  const { after = 0, ...size } = more;
  const view = events.reduce(seen, NOTHING_SEEN);
  return frame(view, { columns: 100, rows: 24, now: BEGUN + after, ...size }).map(({ text }) => text);
}

/** The same events as plain lines. */
function lined(events: readonly RunEvent[]): string[] {
  const lines: string[] = [];
  const { onEvent } = plainLines((line) => lines.push(line), "g on thread");
  events.forEach(onEvent);
  return lines;
}

describe("the live part", () => {
  it("shows the nodes that run, in their round, with what they spent; not those that ended", () => {
    const events = told(
      [0, begins({ budget: { calls: 100 } })],
      [0, starts("write", "1")],
      [900, ends("write", "1")],
      [1000, starts("review", "2")],
      [2000, calls("review", { calls: 1, inputTokens: 60, outputTokens: 40, usd: 1, ms: 2000 })],
      [2000, ends("review", "2")],
      [2000, starts("review", "3")],
      [4000, calls("review", { calls: 2, inputTokens: 120, outputTokens: 80, usd: 2, ms: 4000 })],
    );
    expect(framed(events, { after: 65_000 })).toEqual([
      "          review (2) … 1m 03s · 1 call · 100 tokens · $1.0000",
      "  1m 05s  2 of 100 calls · 200 tokens · $2.0000",
    ]);
    expect(lined(events)).toEqual([
      "g on thread t",
      "   0.0 s  write …",
      "   0.9 s  write done · 0.9 s",
      "   1.0 s  review …",
      "   2.0 s  review done · 1 call · 100 tokens · $1.0000 · 1.0 s",
      "   2.0 s  review (2) …",
    ]);
  });

  it("credits no call to one of several nodes of the same name that run side by side", () => {
    const twins = told(
      [0, begins()],
      [0, starts("work", "1")],
      [0, starts("work", "2")],
      [1000, calls("work", { calls: 1 })],
    );
    expect(framed(twins, { after: 1000 }).slice(0, 2)).toEqual([
      "          work … 1 s",
      "          work (2) … 1 s",
    ]);
    const one = told(
      [0, begins()],
      [0, starts("work", "1")],
      [0, starts("work", "2")],
      [3000, ends("work", "1")],
    );
    expect(lined(one).at(-1)).toBe("   3.0 s  work done · 3.0 s");
  });

  it("says what is used of each cap, and counts the time down, what was spent before a resume included", () => {
    const budget = { calls: 10, tokens: 5000, usd: 0.5, ms: 60_000 };
    const spend = spentOf({ calls: 3, inputTokens: 1000, outputTokens: 200, usd: 0.25, ms: 20_000 });
    const resumed = told([0, begins({ resumed: true, budget, spend })]);
    expect(framed(resumed, { after: 5000 })).toEqual([
      "     5 s  3 of 10 calls · 1,200 of 5,000 tokens · $0.2500 of $0.5 · 35 s left",
    ]);
    expect(framed(resumed, { after: 50_000 }).join()).toMatch(/ · 0 s left$/);
  });

  it("tells once for each cap that it is nearly used up, and keeps saying so", () => {
    const budget = { calls: 10, tokens: 1000 };
    const events = told(
      [0, begins({ budget })],
      [0, starts("write")],
      [1000, calls("write", { calls: 8, inputTokens: 700 }, "calls")],
      [2000, calls("write", { calls: 9, inputTokens: 760 }, "calls")],
      [3000, calls("write", { calls: 9, inputTokens: 960 }, "tokens")],
      [4000, calls("write", { calls: 10, inputTokens: 1000 }, null)],
    );
    expect(lined(events).slice(2)).toEqual([
      "   1.0 s  The budget is nearly used up (8 of 10 calls): the run prefers to finish.",
      "   3.0 s  The budget is nearly used up (960 of 1,000 tokens): the run prefers to finish.",
    ]);
    expect(framed(events, { after: 4000 }).at(-1)).toMatch(/nearly out of tokens$/);
    const view = events.reduce(seen, NOTHING_SEEN);
    const [last] = frame(view, { columns: 100, rows: 24, now: BEGUN }).slice(-1);
    expect(last?.tone).toBe("warning");
  });

  it("shows the branches of a node below it, and plain lines tell their ends", () => {
    const events = told(
      [0, begins()],
      [0, starts("ask")],
      [0, branches("ask", "technical")],
      [0, branches("ask", "business")],
      [0, branches("ask", "legal")],
      [1500, joins("ask", "technical", 1500)],
      [2000, joins("ask", "business", 2000, "no key")],
    );
    expect(framed(events, { after: 3000 }).slice(0, -1)).toEqual([
      "          ask … 3 s",
      "            technical done · 1.5 s",
      "            business failed: no key · 2.0 s",
      "            legal … 3 s",
    ]);
    expect(lined(events).slice(2)).toEqual([
      "   1.5 s  ask: technical done · 1.5 s",
      "   2.0 s  ask: business failed: no key · 2.0 s",
    ]);
  });

  it("tells in a line what agents write to each other, and to whom tasks are given", () => {
    const facts = { id: "1", from: "chief", to: "clerk", taskId: "t", time: "2026-01-01T00:00:00.000Z" };
    const long = `How many\n${"are ".repeat(50)}there?`;
    const delegated = {
      type: "delegated",
      node: "work",
      task: "Count",
      by: "expertise",
      reason: "It can.",
    } as const;
    const events = told(
      [0, begins()],
      [
        0,
        {
          type: "message",
          node: "work",
          message: { ...facts, type: "request", content: long, metadata: {} },
        },
      ],
      [
        0,
        {
          type: "message",
          node: "work",
          message: {
            ...facts,
            to: "*",
            type: "status",
            content: "",
            metadata: { progress: 0.456, step: "counts" },
          },
        },
      ],
      [0, { ...delegated, to: "clerk" }],
      [0, { ...delegated, to: null }],
    );
    const [, request, ...others] = lined(events);
    expect(request).toMatch(/^ {3}0\.0 s {2}work chief → clerk, request: How many (?:are )+(?:are|ar|a)?…$/);
    expect(others).toEqual([
      "   0.0 s  work chief → all, 45 %, counts",
      "   0.0 s  work the clerk gets “Count”: It can.",
      "   0.0 s  work nobody gets “Count”: It can.",
    ]);
    const said = events.flatMap((event) => seen(NOTHING_SEEN, event).said);
    expect(said.map(({ fault }) => fault)).toEqual([false, false, false, true]);
  });

  it("counts many branches, and names those that went wrong while there is room", () => {
    const many = Array.from({ length: 100 }, (_, i) => branches("ask", `part ${i}`));
    const well = Array.from({ length: 12 }, (_, i) => joins("ask", `part ${i}`, 1000));
    const ill = Array.from({ length: 3 }, (_, i) => joins("ask", `part ${90 + i}`, 1000, "no key"));
    const all = [begins(), starts("ask"), ...many, ...well, ...ill];
    const events = told(...all.map((happening): [number, Happening] => [0, happening]));
    const counted = "            12 of 100 done, 3 failed, 85 running";
    expect(framed(events).slice(1, -1)).toEqual([
      counted,
      "            part 90 failed: no key · 1.0 s",
      "            part 91 failed: no key · 1.0 s",
      "            part 92 failed: no key · 1.0 s",
    ]);
    expect(framed(events, { rows: 5 }).slice(1, -1)).toEqual([counted]);
  });

  it("counts the nodes for which there is no room", () => {
    const all = [begins(), ...Array.from({ length: 50 }, (_, i) => starts("work", String(i)))];
    const events = told(...all.map((happening): [number, Happening] => [0, happening]));
    const lines = framed(events, { rows: 6 });
    expect(lines).toHaveLength(5);
    expect(lines.slice(2, 4)).toEqual(["          work (3) … 0 s", "          … and 47 more"]);
  });

  it("folds on a narrow terminal", () => {
    const events = told([0, begins({ budget: { calls: 100, ms: 60_000 } })], [0, starts("research")]);
    expect(framed(events, { columns: 24, after: 2000 })).toEqual([
      "research … 2 s",
      "2 s · 0 of 100 calls",
      "0 tokens · no cost",
      "58 s left",
    ]);
  });

  const name = fc.string({ unit: "binary", maxLength: 60 });
  const happening = fc.oneof(
    fc.tuple(name, name).map(([node, task]) => starts(node, task)),
    fc.tuple(name, name).map(([node, task]) => ends(node, task)),
    fc.tuple(name, name).map(([node, who]) => branches(node, who)),
    fc.tuple(name, name, name).map(([node, who, why]) => joins(node, who, 10, why)),
    fc.tuple(name, fc.nat()).map(([node, count]) => calls(node, { calls: count, usd: null }, "calls")),
  );

  it("fits every terminal, whatever a run tells", () => {
    const sizes = fc.record({
      columns: fc.integer({ min: 1, max: 120 }),
      rows: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), sizes, (all, size) => {
        const at = [begins({ budget: { calls: 5 } }), ...all].map((each): [number, Happening] => [0, each]);
        const lines = framed(told(...at), size);
        expect(lines.length).toBeLessThan(size.rows || 1);
        for (const line of lines) {
          expect(widthOf(line)).toBeLessThanOrEqual(size.columns);
          expect(line).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });
});

describe("text of others", () => {
  const EVIL = "a\u001b[2J\u001b]0;title\u0007\u009b31m\r\nb\u202ec\u0000\u007f";

  it("can neither move the cursor nor break a line, in both views", () => {
    const events = told(
      [0, begins()],
      [0, starts(EVIL)],
      [0, branches(EVIL, EVIL)],
      [1, joins(EVIL, EVIL, 1, EVIL)],
      [2, { type: "tool", node: EVIL, tool: EVIL, args: { q: EVIL }, ok: true, ms: 1 }],
      [3, { type: "retry", node: EVIL, role: "r", model: EVIL, attempt: 1, delayMs: 1, reason: EVIL }],
      [4, { type: "fallback", node: EVIL, role: "r", model: EVIL, to: EVIL, reason: EVIL }],
      [5, { type: "note", node: EVIL, text: EVIL }],
    );
    const shown = [...framed(events), ...lined(events)];
    expect(shown.length).toBeGreaterThan(8);
    for (const line of shown) expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(shown.join("\n")).toMatch(/retry 1 in 0\.0 s: a.* b.*c/);
    expect(lined(events)[1]).toBe("   0.0 s  a bc …");
  });

  it("is cut by the columns that it takes", () => {
    expect(
      ["日本語", "日本語です", "abc", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "cafe\u0301s"].map((text) => cut(text, 5)),
    ).toEqual(["日本…", "日本…", "abc", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦…", "cafe\u0301s"]);
  });
});

it("what a view does not know changes nothing", () => {
  const events = told([0, begins()], [0, starts("write")]);
  const [, event] = events;
  const unknown: RunEvent = JSON.parse(JSON.stringify({ ...event, type: "unheard_of", text: "?" }));
  expect(framed([...events, unknown])).toEqual(framed(events));
  expect(lined([...events, unknown])).toEqual(lined(events));
});
