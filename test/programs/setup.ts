import { mkdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of this run's bundled programs, which the first test that needs one makes. */
    programs: string;
  }
}

/** Below the repository, so that packages with native code are found; ignored by Git. */
const BUNDLES = resolve(".data/programs");

/** Gives each run of the tests a folder of its own for programs, and removes it in the end. */
export default function setup(project: TestProject) {
  mkdirSync(BUNDLES, { recursive: true });
  const folder = resolve(BUNDLES, `${process.pid}`);
  project.provide("programs", folder);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  project.onTestsRerun(remove);
  return remove;
}
