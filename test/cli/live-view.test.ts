import { execFileSync, spawnSync } from "node:child_process";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveView } from "../../src/cli/live-view.ts";
import type { Happening, RunEvent } from "../../src/events/events.ts";
import { program } from "../programs/program.ts";
import { TOPIC, Workplace } from "./command.ts";
import { Screen } from "./screen.ts";
import { BEGUN, begins, branches, calls, ends, joins, starts, told } from "./told.ts";

/** A terminal that a view draws on. */
class DrawnOn extends Writable {
  readonly isTTY = true;
  columns = 80;
  rows = 10;
  writes: string[] = [];
  readonly screen = new Screen(this.columns, this.rows);

  hasColors(): boolean {
    return true;
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(String(bytes));
    this.screen.feed(String(bytes));
    done();
  }
}

describe("a live view", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: BEGUN, toFake: ["Date", "setInterval", "clearInterval"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const never = new AbortController().signal;

  /** A view on a terminal, that hears events at their time. */
  function shown(terminal = new DrawnOn(), stops = { cancel: never, drain: never }) {
    const view = new LiveView(terminal, "g on thread", stops);
    const hear = (...events: RunEvent[]) => {
      for (const event of events) {
        vi.advanceTimersByTime(Math.max(0, Date.parse(event.at) - Date.now()));
        view.onEvent(event);
      }
    };
    return { terminal, view, hear };
  }

  it("prints what has ended, draws what runs below it, and leaves nothing of that behind", () => {
    const { terminal, view, hear } = shown();
    const { screen } = terminal;
    hear(...told([0, begins()], [0, starts("research")], [1500, ends("research")], [1500, starts("write")]));
    vi.advanceTimersByTime(1000);
    expect(screen.lines).toEqual([
      "g on thread t",
      "   1.5 s  research done · 1.5 s",
      "          write … 1 s",
      "     2 s  0 calls · 0 tokens · no cost",
    ]);
    hear(...told([4000, ends("write")]));
    view.close();
    terminal.write("done\n");
    expect(screen.lines).toEqual([
      "g on thread t",
      "   1.5 s  research done · 1.5 s",
      "   4.0 s  write done · 2.5 s",
      "done",
    ]);
    const { length } = terminal.writes;
    vi.advanceTimersByTime(5000);
    expect(terminal.writes).toHaveLength(length);
  });

  it("shows the whole frame when it grows and shrinks above an unchanged last line", () => {
    const { terminal, hear } = shown();
    hear(...told([0, begins()], [0, starts("ask")], [10, branches("ask", "one")]));
    vi.advanceTimersByTime(200);
    hear(...told([300, branches("ask", "two")], [310, starts("other")]));
    vi.advanceTimersByTime(200);
    const rest = "     0 s  0 calls · 0 tokens · no cost";
    expect(terminal.screen.lines.slice(1)).toEqual([
      "          ask … 0 s",
      "            one … 0 s",
      "            two … 0 s",
      "          other … 0 s",
      rest,
    ]);
    hear(...told([600, ends("ask")]));
    vi.advanceTimersByTime(100);
    expect(terminal.screen.lines.slice(1)).toEqual([
      "   0.6 s  ask done · 0.6 s",
      "            one … 0 s",
      "            two … 0 s",
      "          other … 0 s",
      rest,
    ]);
  });

  it("draws no more than ten times a second, however much happens, and not at all where nothing does", () => {
    const { terminal, hear } = shown();
    const busy = Array.from({ length: 1000 }, (_, i): [number, Happening] => [
      i,
      calls("write", { calls: i }),
    ]);
    hear(...told([0, begins()], [0, starts("write")], ...busy));
    const frames = terminal.writes.filter((bytes) => /\d calls/.test(bytes));
    expect(frames.length).toBeGreaterThan(5);
    expect(frames.length).toBeLessThanOrEqual(10);
    vi.advanceTimersByTime(100);
    terminal.writes = [];
    vi.advanceTimersByTime(800);
    expect(terminal.writes).toEqual([]);
  });

  it("lets more lines than the terminal has scroll up, and loses none", () => {
    const { terminal, view, hear } = shown();
    const notes = Array.from({ length: 60 }, (_, i): [number, Happening] => [
      i * 10,
      { type: "note", node: "read", text: `note ${i} ${"é".repeat(100)}` },
    ]);
    hear(...told([0, begins()], [0, starts("read")], ...notes));
    view.close();
    const text = terminal.screen.lines.join("\n");
    for (let i = 0; i < 60; i++) expect(text).toContain(`read note ${i} é`);
    expect(text).not.toContain("no cost");
  });

  it("cuts what would fill the terminal, such as a tool's arguments", () => {
    const { terminal, view, hear } = shown();
    const args = { text: "x".repeat(5000) };
    hear(...told([0, begins()], [0, starts("read")]));
    hear(...told([0, { type: "tool", node: "read", tool: "write_file", args, ok: true, ms: 1 }]));
    view.close();
    expect(terminal.screen.lines.slice(1, 4).join("")).toMatch(/^ {3}0\.0 s {2}read write_file .*x…$/);
    expect(terminal.screen.lines).toHaveLength(5);
  });

  it("says what it left unfinished when the run is stopped, and that it is stopping", () => {
    const cancel = new AbortController();
    const { terminal, view, hear } = shown(undefined, { cancel: cancel.signal, drain: never });
    hear(
      ...told([0, begins()], [0, starts("ask")], [0, branches("ask", "one")], [0, branches("ask", "two")]),
      ...told([500, joins("ask", "one", 500)]),
    );
    cancel.abort();
    vi.advanceTimersByTime(100);
    expect(terminal.screen.lines.at(-1)).toMatch(/ · stopping$/);
    vi.advanceTimersByTime(400);
    view.close();
    expect(terminal.screen.lines).toEqual([
      "g on thread t",
      "   1.0 s  ask stopped · 1.0 s",
      "            one done · 0.5 s",
      "            two … 1 s",
    ]);
  });

  it("follows the terminal's size, and uses no colours where there are none", () => {
    const terminal = new DrawnOn();
    terminal.hasColors = () => false;
    const { hear } = shown(terminal);
    hear(...told([0, begins()], [0, starts("research")]));
    vi.advanceTimersByTime(200);
    terminal.columns = 30;
    vi.advanceTimersByTime(100);
    expect(terminal.screen.lines.slice(-3)).toEqual([
      "research … 0 s",
      "0 s · 0 calls · 0 tokens",
      "no cost",
    ]);
    expect(terminal.screen.painted).toBe(false);
  });

  it("paints what failed, where there are colours", () => {
    const { terminal, view, hear } = shown();
    hear(...told([0, begins()], [0, starts("write")], [100, ends("write", "write", "failed")]));
    view.close();
    expect(terminal.screen.painted).toBe(true);
  });
});

/** Of util-linux. */
const PSEUDO_TERMINAL = "script";
const hasPseudoTerminals = spawnSync(PSEUDO_TERMINAL, ["--version"]).status === 0;

describe.skipIf(!hasPseudoTerminals)("on a pseudo-terminal of util-linux's script", () => {
  /** Runs `review-loop` by the offline model and gives all that the terminal was sent. */
  function onTerminal(env: Record<string, string>): string {
    const { folder } = new Workplace();
    const graphwright = `'${process.execPath}' '${program("run")}'`;
    const command = `stty cols 90 rows 20; exec ${graphwright} review-loop '${TOPIC}' --docs docs --output json >out.json`;
    const { PATH = "", HOME = "" } = process.env;
    return execFileSync(PSEUDO_TERMINAL, ["-qec", command, "/dev/null"], {
      cwd: folder,
      env: { PATH, HOME, DATABASE_URL: "file:runs.db", TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  it("a run is drawn in place, and leaves its lines, its summary and the cursor", () => {
    const bytes = onTerminal({});
    expect(bytes).toContain("\u001b[?25l");
    const screen = new Screen(90, 20);
    screen.feed(bytes);
    expect(screen.cursor).toBe(true);
    expect(screen.lines[0]).toMatch(/^review-loop on thread /);
    expect(screen.lines.join("\n")).toMatch(/ {2}research done · .*\n[\s\S]* {2}finalize done · /);
    expect(screen.lines.at(-1)).toMatch(/^done · \d+ nodes · /);
    expect(screen.lines.join("\n")).not.toMatch(/…|of 100 calls/);
  });

  it("a terminal that cannot be drawn on gets plain lines", () => {
    const bytes = onTerminal({ TERM: "dumb" });
    expect(bytes).not.toContain("\u001b");
    expect(bytes).toMatch(/ {2}research …\r\n/);
  });
});
