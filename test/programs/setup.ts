import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of this run's bundled programs, which the first test that needs one makes. */
    programs: string;
    /** A folder for what tests write, removed when all have ended. */
    temporary: string;
  }
}

/** Below the repository, so that packages with native code are found; ignored by Git. */
const BUNDLES = resolve(".data/programs");

/** Gives each run of the tests folders of its own, and removes them in the end. */
export default function setup(project: TestProject) {
  mkdirSync(BUNDLES, { recursive: true });
  const folder = resolve(BUNDLES, `${process.pid}`);
  project.provide("programs", folder);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  project.onTestsRerun(remove);
  const temporary = mkdtempSync(join(tmpdir(), "graphwright-tests-"));
  project.provide("temporary", temporary);
  return () => {
    remove();
    rmSync(temporary, { recursive: true, force: true });
  };
}
