import type { Terminal } from "./main.ts";
import { type Progress, plainLines } from "./plain-lines.ts";

/** What a terminal shows of a run: a live view where it can be drawn on, plain lines elsewhere. */
export async function progressOn({ live, err, cancel, drain }: Terminal, title: string): Promise<Progress> {
  if (!live) return plainLines((line) => err(`${line}\n`), title);
  const { LiveView } = await import("./live-view.ts");
  return new LiveView(live, title, { cancel, drain });
}
