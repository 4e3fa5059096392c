import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { bundle } from "./bundle.ts";

/** The programs that tests start as processes, by the name of each. */
const PROGRAMS = {
  run: "scripts/run.ts",
  audit: "scripts/audit.ts",
  compare: "scripts/compare.ts",
  "mcp-server": "test/tools/mcp-server-main.ts",
  "with-storage": "test/contracts/child-main.ts",
  "write-file": "test/tools/write-file-main.ts",
  "killed-run": "test/crash/child-main.ts",
} as const;

/** The file of a program, for node alone. All are bundled at once when the first is asked for, for all tests of a run. */
export function program(name: keyof typeof PROGRAMS): string {
  const folder = inject("programs");
  if (!existsSync(folder)) make(folder);
  return join(folder, `${name}.js`);
}

/** Two processes may do so at once: the first that is ready gives its programs to both. */
function make(folder: string): void {
  const own = mkdtempSync(`${folder}-`);
  bundle(PROGRAMS, own);
  try {
    renameSync(own, folder);
  } catch (error) {
    rmSync(own, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
