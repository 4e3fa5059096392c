import type { RunEvent } from "../events/events.ts";
import { NOTHING_SEEN, type Said } from "./run-view.ts";
import { seen } from "./seen.ts";
import { harmless, seconds } from "./words.ts";

/** Shows a run while it runs. */
export interface Progress {
  /** Whether the run has begun: before that, there is nothing to go on with. */
  readonly begun: boolean;
  /** Takes each event of the run, in order. */
  onEvent(event: RunEvent): void;
  /** Ends the view; whatever is printed after it stands below. */
  close(): void;
}

/** Writes a line for everything that is worth one: which node, in which loop, tokens, money, time. */
export function plainLines(write: (line: string) => void, title: string): Progress {
  let view = NOTHING_SEEN;
  return {
    get begun() {
      return view.begun !== undefined;
    },
    onEvent(event) {
      view = seen(view, event);
      if (event.type === "run_started") write(titleLine(title, event.threadId));
      for (const said of view.said) write(plainLine(said, view.begun));
    },
    close() {},
  };
}

/** The first line. */
export const titleLine = (title: string, threadId: string): string => harmless(`${title} ${threadId}`);

/** A line with its time since the run began. */
export function plainLine({ at, who, text, kind }: Said, begun: number = at): string {
  const subject = kind === "branch" ? `${who}:` : who;
  return harmless(`${seconds(at - begun).padStart(8)}  ${[subject, text].filter(Boolean).join(" ")}`);
}
