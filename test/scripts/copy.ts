import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Ended } from "../cli/command.ts";
import { environment } from "../package/packed.ts";

const execute = promisify(execFile);

/** What a workflow is created in, formatted by, compiled with and tested with. */
const COPIED = [
  ...[
    "src",
    "graphs",
    "scripts",
    "test",
    "docs",
    "README.md",
    "CONTRIBUTING.md",
    ".env.example",
    ".gitignore",
  ],
  ...["package.json", "langgraph.json", "tsconfig.json", "biome.json", "vitest.config.ts"],
];

const PATTERNS = "# Patterns\n\n| Pattern | What the task is like |\n| --- | --- |\n";

/** What lists the workflows, beside the page on patterns. */
export const LISTS = [
  "graphs/catalogue.ts",
  "graphs/index.ts",
  "langgraph.json",
  "package.json",
  "README.md",
];

/** A copy of the repository, with the same packages. */
export class Copy {
  readonly root = mkdtempSync(path.join(tmpdir(), "graphwright-new-"));

  constructor() {
    for (const each of COPIED) cpSync(each, path.join(this.root, each), { recursive: true });
    symlinkSync(path.resolve("node_modules"), path.join(this.root, "node_modules"));
    if (!existsSync(path.join(this.root, "docs/patterns.md"))) this.write("docs/patterns.md", PATTERNS);
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), "utf8");
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.root, file), text);
  }

  /** Runs node in the copy, without any setting. */
  async node(...args: string[]): Promise<Ended> {
    const running = execute(process.execPath, args, { cwd: this.root, env: environment() });
    return running.then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
    );
  }

  /** Runs a TypeScript file of the copy. */
  script(...args: string[]): Promise<Ended> {
    return this.node("--import", "tsx", ...args);
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}
