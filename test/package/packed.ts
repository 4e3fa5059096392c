import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const execute = promisify(execFile);

/** The package as `npm pack` makes it. */
export interface Packed {
  tarball: string;
  /** Its files' paths. */
  files: string[];
  /** The packages that an installation brings with it: the dependencies and the peers. */
  brings: string[];
}

/** What the build and the package need of the repository. */
const COPIED = [
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "src",
  "graphs",
  "scripts",
  "docs",
  "README.md",
  "LICENSE",
];

const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()).default({}),
});

/**
 * Builds and packs the package, without a network, in a copy of the repository: its own `dist/` stays as it is.
 *
 * @throws Error with what npm and the compiler have printed if that fails
 */
export async function pack(): Promise<Packed> {
  const source = temporaryFolder("source");
  for (const each of COPIED) cpSync(each, path.join(source, each), { recursive: true });
  symlinkSync(path.resolve("node_modules"), path.join(source, "node_modules"));
  await execute("npm", ["pack"], { cwd: source, env: environment() }).catch((failed) => {
    throw new Error(`npm pack failed:\n${failed.stdout}${failed.stderr}`, { cause: failed });
  });
  const tarball = path.join(source, readdirSync(source).find((file) => file.endsWith(".tgz")) ?? "");
  const { stdout } = await execute("tar", ["-tzf", tarball]);
  const manifest = Manifest.parse(JSON.parse(await readFile(path.join(source, "package.json"), "utf8")));
  return {
    tarball,
    files: stdout
      .trim()
      .split("\n")
      .map((file) => file.replace("package/", "")),
    brings: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
  };
}

/**
 * Installs the package in an empty folder as npm would, but without a network: it is extracted, and what
 * it brings is linked to this repository's packages. `without` leaves some of that out.
 */
export async function install(
  { tarball, brings }: Packed,
  without: (name: string) => boolean = () => false,
): Promise<string> {
  const folder = temporaryFolder("installed");
  const packages = path.join(folder, "node_modules");
  mkdirSync(packages);
  await execute("tar", ["-xzf", tarball, "-C", packages]);
  renameSync(path.join(packages, "package"), path.join(packages, "graphwright"));
  for (const name of brings.filter((name) => !without(name))) {
    mkdirSync(path.dirname(path.join(packages, name)), { recursive: true });
    symlinkSync(path.resolve("node_modules", name), path.join(packages, name));
  }
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  return folder;
}

/** Runs plain node in a folder, without any setting, and gives what it has printed. */
export async function node(folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return execute(process.execPath, args, { cwd: folder, env: environment() });
}

/** An environment without settings. */
export function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: tmpdir(), npm_config_update_notifier: "false", ...more };
}

const folders: string[] = [];

function temporaryFolder(use: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `graphwright-${use}-`));
  folders.push(folder);
  return folder;
}

/** Removes all that `pack` and `install` have made. */
export function cleanUp(): void {
  for (const folder of folders.splice(0)) if (existsSync(folder)) rmSync(folder, { recursive: true });
}
