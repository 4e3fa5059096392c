import { describe, expect, it } from "vitest";
import { RoleError } from "../../src/errors.ts";
import { checkTools } from "../../src/roles/check-tools.ts";
import { nearest } from "../../src/roles/nearest.ts";
import { defineRole } from "../../src/roles/role.ts";

const GOAL = "Do it.";

it("refuses a grant that counts for nothing behind one without rules", () => {
  const tools = ["write_file", { tool: "write_file", approval: true }];
  expect(() => defineRole({ name: "clerk", goal: "Write.", tools })).toThrow(/granted without rules before/);
  const small = { tool: "pay", allow: { amount: { max: 10 } } };
  defineRole({ name: "clerk", goal: "Pay.", tools: [small, { tool: "pay", approval: true }] });
});

describe("a role", () => {
  it("fills in its defaults, takes one model for a list of one, and is itself a role again", () => {
    const role = defineRole({ name: "coder", goal: GOAL, model: "m" });
    expect(role).toMatchObject({ expertise: [], tools: [], model: ["m"], limits: {}, personality: "" });
    expect(defineRole(role)).toEqual(role);
  });

  it("that does not fit is refused with all that is wrong", () => {
    const define = () => defineRole({ name: "Coder", goal: " ", limits: { turns: 0 } });
    expect(define).toThrow(RoleError);
    expect(define).toThrow(
      /^The role "Coder" cannot be used:\n {2}name: .*; write coder, say\.\n {2}goal: It is empty.*\n {2}limits\.turns: /,
    );
  });
});

describe("the tools of roles", () => {
  const role = (...tools: string[]) => defineRole({ name: "coder", goal: GOAL, tools });

  it("are all there, or those that are not are named with the nearest and with all that there are", () => {
    checkTools([role("search"), role("calculator")], ["search", "calculator"]);
    const check = () => checkTools(role("serach", "calculator", "wombat"), ["search", "calculator"]);
    expect(check).toThrow(RoleError);
    expect(check).toThrow(
      'The role coder names the tool "serach", which there is none of; did you mean search?\n' +
        'The role coder names the tool "wombat", which there is none of.\n' +
        "There are: search, calculator.",
    );
    expect(() => checkTools(role("search"), [])).toThrow("There are no tools at all.");
  });
});

it("the nearest name is the one with the fewest letters to change, and none where it would be another word", () => {
  expect(nearest("responsibilites", ["responsibilities", "expertise"])).toEqual(["responsibilities"]);
  expect(nearest("taks", ["task", "tags"])).toEqual(["task", "tags"]);
  expect(nearest("searchDocuments", ["search_documents"])).toEqual(["search_documents"]);
  expect(nearest("wombat", ["goal", "name"])).toEqual([]);
  expect(nearest("", ["goal"])).toEqual([]);
});
