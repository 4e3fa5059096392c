import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** More than there are cores, as tests also wait. */
const WORKERS = availableParallelism() + 2;

/** What builds, compiles and serves: the package as it is published, Studio, and a new workflow: `npm run test:package`. */
const PACKAGE = ["test/{package,studio}/**/*.test.ts", "test/scripts/created.test.ts"];

/** What replaces modules or needs those that have not read the environment, or fills the memory of its process. */
const APART = [
  "test/cli/{audit,bad-input,compare}.test.ts",
  "test/docs/agents.test.ts",
  "test/resilience/{effect,retry}.test.ts",
  "test/runtime/{audit,postgres}.test.ts",
  "test/security/{redact,sandbox-limits}.test.ts",
  "test/storage/default.test.ts",
  "test/tools/{over-http,pdf,standard,web-page-redirects}.test.ts",
];

export default defineConfig({
  test: {
    globalSetup: "test/programs/setup.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: WORKERS,
    projects: [
      { extends: true, test: { name: "apart", include: APART } },
      {
        extends: true,
        test: {
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: [...APART, ...PACKAGE],
          isolate: false,
          setupFiles: "test/programs/together.ts",
        },
      },
      { extends: true, test: { name: "package", include: PACKAGE } },
    ],
  },
});
