import { cpSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, buildSync } from "esbuild";

const REQUIRE =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

/** Packages with native code, and those that have no ES modules and that an `import()` takes names from. */
const EXTERNAL = ["better-sqlite3", "pg", "sanitize-html", "undici", "yaml"];

/** What stands beside the code that asks a process of its own: see `KilledProgram`. */
const ASKED = {
  "pdf-main": "src/tools/pdf-main.ts",
  "read-only-sqlite-main": "src/storage/read-only-sqlite-main.ts",
};

/**
 * Bundles programs with their packages, each as `<name>.js` in a folder below the repository: one starts in a
 * third of the time that loading its modules one by one takes.
 */
export function bundle(
  programs: Readonly<Record<string, string>>,
  folder: string,
  options: Pick<BuildOptions, "alias"> = {},
): void {
  buildSync({
    ...options,
    entryPoints: { ...programs, ...ASKED },
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    external: EXTERNAL,
    banner: { js: REQUIRE },
    logLevel: "warning",
  });
  // The sandbox's worker and what it loads are files of their own.
  cpSync("src/security/sandbox", join(folder, "sandbox"), { recursive: true });
}
