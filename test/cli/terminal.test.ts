import { spawn, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { program } from "../programs/program.ts";
import { resultOf, Workplace } from "./command.ts";

/** Whether util-linux's `script`, which runs a command on a terminal of its own, is there. */
const hasScript = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");

/** Types each answer when its prompt has been shown, after what the prompts before it have shown. */
type Typed = readonly (readonly [prompt: string, keys: string])[];

/** Calls the command on a terminal that can be drawn on; its standard output goes to `out.json`. */
function onTerminal({ folder }: Workplace, args: string, typed: Typed) {
  const command = `stty cols 100 rows 30; exec '${process.execPath}' '${program("run")}' ${args} > out.json`;
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: folder,
    env: { PATH, HOME, DATABASE_URL: "file:runs.db", SHELL: "/bin/sh", TERM: "xterm" },
  });
  let shown = "";
  let read = 0;
  const left = [...typed];
  child.stdout.on("data", (part) => {
    shown += part;
    for (let [next] = left; next; [next] = left) {
      const [prompt, keys] = next;
      const at = shown.indexOf(prompt, read);
      if (at < 0) return;
      read = at + prompt.length;
      left.shift();
      child.stdin.write(keys);
    }
  });
  child.stdin.on("error", () => {});
  return new Promise<{ code: number | null; shown: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, shown }));
  });
}

const HIDDEN = "\u001b[?25l";
const SHOWN = "\u001b[?25h";

/** Whether the live view had given the cursor back whenever a prompt was shown. */
function hasCursorAt(prompt: string, shown: string): boolean {
  const before = shown.split(prompt).slice(0, -1);
  return before.every((_, at) => {
    const until = before.slice(0, at + 1).join("");
    return until.lastIndexOf(SHOWN) > until.lastIndexOf(HIDDEN);
  });
}

describe.runIf(hasScript)("on a real terminal", () => {
  it("support asks the customer and the human agent at once, and ends with their resolution", async () => {
    const place = new Workplace();
    const args = "support 'It does not work' --docs docs --output json --thread t";
    const { code, shown } = await onTerminal(place, args, [
      ["What did you want to do", ""],
      ["> ", "I want a human, please\r"],
      ["The customer asks for a human.", ""],
      ["action: ", "take_over\r"],
      ["reply: ", "I call you back.\r"],
    ]);
    expect({ code, shown }).toMatchObject({ code: 0, shown: expect.stringMatching(/done · /) });
    const { output, path } = resultOf({ code, out: place.read("out.json"), err: "" });
    expect(output).toMatchObject({ resolution: "I call you back.", by: "human", questions: 1 });
    for (const prompt of ["> ", "action: ", "reply: "]) expect(hasCursorAt(prompt, shown)).toBe(true);
    expect(path).toEqual(["receive", "assess", "ask", "assess", "escalate", "deliver"]);
  });

  it.each([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("%s at a question ends with code 3, and another process goes on", async (_, key) => {
    const place = new Workplace();
    const { code, shown } = await onTerminal(place, "support 'It does not work' --docs docs --thread t", [
      ["> ", key],
    ]);
    expect(code).toBe(3);
    expect(shown).toMatch(/Go on with: graphwright support --thread t --resume ANSWER --docs docs/);
    const answer = "A workflow has to survive a crash";
    const last = await place.call(["support", "--thread", "t", "--resume", answer, "--docs", "docs"]);
    expect(last).toMatchObject({ code: 0, out: expect.stringMatching(/\[1\][\s\S]*## Sources/) });
  });
});
