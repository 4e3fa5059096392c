import { createLogUpdate } from "log-update";
import type { RunEvent } from "../events/events.ts";
import { branchLines, frame, type Line, type Tone } from "./frame.ts";
import type { LiveTerminal, Terminal } from "./main.ts";
import { type Progress, plainLine, titleLine } from "./plain-lines.ts";
import { NOTHING_SEEN, type NodeView, named, type Said } from "./run-view.ts";
import { endInWords } from "./sayings.ts";
import { seen } from "./seen.ts";
import { cut } from "./width.ts";
import { harmless } from "./words.ts";

/** How often the view is drawn at most, in milliseconds. */
const EVERY_MS = 100;

/** What is printed takes no more lines than this, such as a tool's arguments. */
const MOST_LINES = 3;

const TONES: Record<Tone, string> = { plain: "0", dim: "2", fault: "31", warning: "33" };

/**
 * Shows a run on a terminal: what has ended is printed and scrolls up, what runs is drawn again in place below it.
 */
export class LiveView implements Progress {
  readonly #terminal: LiveTerminal;
  readonly #title: string;
  readonly #stops: Pick<Terminal, "cancel" | "drain">;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  #view = NOTHING_SEEN;
  #ended: Line[] = [];
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: LiveTerminal, title: string, stops: Pick<Terminal, "cancel" | "drain">) {
    this.#terminal = terminal;
    this.#title = title;
    this.#stops = stops;
    this.#draw = createLogUpdate(terminal);
  }

  get begun(): boolean {
    return this.#view.begun !== undefined;
  }

  readonly onEvent = (event: RunEvent): void => {
    this.#view = seen(this.#view, event);
    if (event.type === "run_started") this.#begin(event.threadId);
    for (const said of this.#view.said) this.#say(said);
  };

  close(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    process.off("warning", this.#below);
    const now = Date.now();
    for (const node of this.#view.running) this.#stopped(node, now);
    this.#print();
    this.#draw.clear();
    this.#draw.done();
  }

  #begin(threadId: string) {
    this.#ended.push({ text: titleLine(this.#title, threadId), tone: "plain" });
    this.#timer = setInterval(() => this.#redraw(), EVERY_MS).unref();
    process.on("warning", this.#below);
  }

  /** What the process has printed itself is left standing. */
  readonly #below = () => this.#draw.done();

  /** What runs is in the frame until it has ended. */
  #say(said: Said) {
    if (said.kind === "started" || said.kind === "branch") return;
    this.#ended.push({ text: plainLine(said, this.#view.begun), tone: said.fault ? "fault" : "plain" });
    if (!said.node) return;
    for (const text of branchLines(said.node, said.at)) {
      this.#ended.push({ text: harmless(`          ${text}`), tone: "dim" });
    }
  }

  /** A node that the run's end has left unfinished. */
  #stopped(node: NodeView, at: number) {
    const text = endInWords("stopped", node, at);
    this.#say({ kind: "ended", at, who: named(node.node, node.round), text, fault: false, node });
  }

  #redraw() {
    this.#print();
    const { columns, rows } = this.#terminal;
    const { cancel, drain } = this.#stops;
    const notice = cancel.aborted ? "stopping" : drain.aborted ? "stopping after this step" : undefined;
    const lines = frame(this.#view, { columns, rows, now: Date.now(), notice });
    // log-update 7.2.0 overwrites the end of a frame that is longer or shorter than the one before.
    if (lines.length !== this.#drawn) this.#draw.clear();
    this.#drawn = lines.length;
    this.#draw(lines.map((line) => this.#painted(line)).join("\n"));
  }

  /** Prints what has ended in place of the frame; the terminal itself breaks what is longer than a line. */
  #print() {
    if (this.#ended.length === 0) return;
    const most = MOST_LINES * this.#terminal.columns;
    const text = this.#ended
      .map(({ text, tone }) => `${this.#painted({ text: cut(text, most), tone })}\n`)
      .join("");
    this.#ended = [];
    this.#draw.clear();
    this.#terminal.write(text);
  }

  #painted({ text, tone }: Line): string {
    if (tone === "plain" || !this.#terminal.hasColors()) return text;
    return `\u001b[${TONES[tone]}m${text}\u001b[0m`;
  }
}
