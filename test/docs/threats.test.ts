import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tableIn } from "./tables.ts";

const THREATS = tableIn(readFileSync("docs/security.md", "utf8"), "Threat");

describe("the threats", () => {
  it("are many, and each is named once, or the tests below would prove nothing", () => {
    expect(THREATS.length).toBeGreaterThan(20);
    expect(new Set(THREATS.map(({ Threat }) => Threat)).size).toBe(THREATS.length);
  });

  it.each(THREATS)("$Threat: has a guard, and tests that there are", ({ Threat, Guard, Test = "" }) => {
    expect([Threat, Guard]).not.toContain("");
    expect(Test).toMatch(/^`test\/[\w/-]+\.test\.ts`(, `test\/[\w/-]+\.test\.ts`)*$/);
    for (const [, file = ""] of Test.matchAll(/`([^`]+)`/g)) {
      expect(readFileSync(file, "utf8")).toMatch(/^\s*(it|test)(\.each)?\(/m);
    }
  });
});
