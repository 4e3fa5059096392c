import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { RoleError } from "../../src/errors.ts";
import { checkTools } from "../../src/roles/check-tools.ts";
import { defineRole } from "../../src/roles/role.ts";
import { roleFileSchema } from "../../src/roles/role-file-schema.ts";
import { loadRoles } from "../../src/roles/role-files.ts";
import { standardTools } from "../../src/tools/standard.ts";
import { temporaryFolder } from "../storage/databases.ts";

/** A folder of files with these texts. */
async function folderOf(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}

async function loaded(text: string, name = "role.yaml") {
  return loadRoles(path.join(await folderOf({ [name]: text }), name));
}

/** What is wrong with a file, as `line:column path: message`. */
async function faultsOf(text: string, name?: string): Promise<string[]> {
  const error = await loaded(text, name).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RoleError)) throw new Error("The file was taken.");
  return error.problems.map((each) => `${each.line}:${each.column} ${each.path}: ${each.message}`);
}

describe("a role file", () => {
  it("holds one role, with the defaults filled in", async () => {
    const [role] = await loaded(
      "name: scout\ngoal: Find it.\ntools:\n  - search\n  - tool: mail\n    approval: true\n",
    );
    expect(role).toEqual(
      defineRole({ name: "scout", goal: "Find it.", tools: ["search", { tool: "mail", approval: true }] }),
    );
    expect(role?.tools).toEqual([
      { tool: "search", allow: {}, approval: false },
      { tool: "mail", allow: {}, approval: true },
    ]);
  });

  it("holds several below roles, as YAML or JSON", async () => {
    const roles = [
      { name: "a", goal: "One." },
      { name: "b", goal: "Two." },
    ];
    const yaml = "roles:\n  - name: a\n    goal: One.\n  - name: b\n    goal: Two.\n";
    const expected = roles.map((role) => defineRole(role));
    expect(await loaded(yaml)).toEqual(expected);
    expect(
      await loaded(JSON.stringify({ $schema: "role.schema.json", roles }, null, "\t"), "r.json"),
    ).toEqual(expected);
  });

  it("is read by YAML 1.2, in which yes and on are words", async () => {
    expect(await loaded("name: yes\ngoal: on\n")).toMatchObject([{ name: "yes", goal: "on" }]);
    expect(await loaded("%YAML 1.1\n---\nname: yes\ngoal: off\n")).toMatchObject([
      { name: "yes", goal: "off" },
    ]);
  });

  it("tells all its problems at once, each with its place, in the order of the lines", async () => {
    const text = [
      "name: Senior Coder",
      "gaol: Write code.",
      "expertise: code",
      "tools:",
      "  - tool: calculator",
      "    aproval: true",
      "limits:",
      "  turns: five",
      "  tokens: 0",
      "background: 12",
    ].join("\n");
    const faults = await faultsOf(text);
    expect(faults).toEqual([
      expect.stringMatching(/^1:1 goal: It is missing\. What the role is there for/),
      expect.stringMatching(/^1:7 name: "Senior Coder" is no name: .*; write senior_coder, say\.$/),
      '2:1 gaol: There is no field "gaol"; did you mean goal?',
      expect.stringMatching(/^3:12 expertise: It has to be a list, .*; write expertise: \[code\]\./),
      '6:5 tools[0].aproval: There is no field "aproval"; did you mean approval?',
      expect.stringMatching(/^8:10 limits\.turns: It has to be a number, not the text "five"\./),
      "9:11 limits.tokens: It has to be more than 0.",
      expect.stringMatching(/^10:13 background: It has to be a text, not 12; put it in quotes: "12"\./),
    ]);
  });

  it("names itself, and says the same in its message", async () => {
    const folder = await folderOf({ "coder.yaml": "name: coder\ngaol: x\n" });
    await expect(loadRoles(folder)).rejects.toThrow(
      `The role file ${path.join(folder, "coder.yaml")} cannot be used:\n  line 1, column 1: goal: It is missing.`,
    );
  });

  it.each([
    ["turns: 5", '3:1 turns: There is no field "turns"; it belongs below limits:, indented by two spaces.'],
    ["tone: dry", '3:1 tone: There is no field "tone"; did you mean personality?'],
    ["Goal : x", '3:1 Goal: There is no field "Goal"; did you mean goal?'],
    ["wombat: x", '3:1 wombat: There is no field "wombat"; there are name, goal, background'],
    ["constructor: x", '3:1 constructor: There is no field "constructor"; there are name'],
    ["__proto__: { x: 1 }", '3:1 __proto__: There is no field "__proto__"; there are name'],
    ["limits:", "3:1 limits: It is empty; write fields of its own"],
    [
      "cache: []",
      "3:8 cache: It has to be fields of its own, each on a line below it that is indented, not a list.",
    ],
    ["tools: [5]", "3:9 tools[0]: It has to be a text, or fields of its own"],
    ["tools: [{ allow: {} }]", "3:9 tools[0].tool: It is missing. The tool's name."],
    ["model: []", "3:8 model: It needs at least one entry."],
    ['background: ""\nexpertise: [""]', "4:13 expertise[0]: It is empty; write a text behind it."],
    [
      "output: { description: x, schema: { type: 5 } }",
      "3:35 output.schema: This is no JSON Schema that answers can be checked by",
    ],
  ])("says what to write instead of %j", async (line, fault) => {
    const faults = await faultsOf(`name: a\ngoal: b\n${line}\n`);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(fault);
  });

  it.each([
    ["goal: Find: it", "2:7 : This does not fit where it stands. A text that holds a colon"],
    ["\tgoal: x", "2:1 : A line is indented with a tab; use spaces."],
    ["goal x\nlimits: {}", "2:1 : A colon is missing behind a field's name here"],
    ['goal: "x', "3:1 : A quotation mark is not closed."],
    ["goal: @x", "2:7 : A text cannot begin with this character."],
    ["goal: x\ngoal: y", "3:1 : This field stands here for the second time"],
    ["limits:\n  turns: 1\n   tokens: 2", "3:10 : This does not fit where it stands."],
    ["goal: !!js/function x", "2:7 : A word that begins with ! names a type"],
    ["goal: !!binary aGk=", "2:7 : A word that begins with ! names a type"],
    ["goal: *x", "2:7 : *x stands for another part of the file, but there is none of that name before it."],
    ["goal: &x [*x]", "2:11 : *x stands for another part of the file, but it stands in that part itself."],
    ["goal: b\n---\nname: c", "3:1 : The line --- begins a second document"],
  ])("that is no YAML is told where, and what may be meant: %j", async (line, fault) => {
    expect((await faultsOf(`name: a\n${line}\n`))[0]).toContain(fault);
  });

  it.each([
    ['{ "name": "a",\n  "goal": "b", }', "2:16 : This is no JSON"],
    ['{ "name": "a", goal: "b" }', "1:16 : This is no JSON"],
    ['{ "name": "a", "goal": 5 }', "1:24 goal: It has to be a text, not 5"],
  ])("that is no JSON although it is called so is refused: %j", async (text, fault) => {
    expect((await faultsOf(text, "role.json"))[0]).toContain(fault);
  });

  it.each([
    ["", "1:1 : The file is empty; write at least name: and goal:"],
    ["# nothing\n", "1:1 : The file is empty"],
    ["hello", "1:1 : The file holds no fields"],
    ["- name: a", "1:1 : Several roles stand below roles:"],
    ["roles: []", "1:8 roles: It has to be a list of roles"],
    ["roles:\n  - name: a\n    goal: b\nother: 1", "4:1 other: Beside roles: nothing else may stand"],
  ])("has to hold roles: %j", async (text, fault) => {
    expect((await faultsOf(text))[0]).toContain(fault);
  });

  it("cannot exhaust the reader: aliases, size and depth are bounded", async () => {
    const nine = (name: string) => Array(9).fill(`*${name}`).join(", ");
    const bomb = `a: &a [x, x]\nb: &b [${nine("a")}]\nc: &c [${nine("b")}]\nd: &d [${nine("c")}]\ne: [${nine("d")}]\n`;
    expect((await faultsOf(bomb))[0]).toContain("The file cannot be read: Excessive alias count");
    expect((await faultsOf(`# ${"x".repeat(300_000)}`))[0]).toContain("The file is larger than 256 kB.");
    expect((await faultsOf("[".repeat(200_000))).length).toBeGreaterThan(0);
    expect(
      (await faultsOf(`name: a\ngoal: ${"[".repeat(100_000)}${"]".repeat(100_000)}`)).length,
    ).toBeGreaterThan(0);
  });

  it("has to be text in UTF-8", async () => {
    const folder = await folderOf({ "a.yaml": Buffer.from("name: ä\ngoal: b", "utf16le") });
    const latin = await folderOf({ "a.yaml": Buffer.from("name: a\ngoal: Fähre", "latin1") });
    await expect(loadRoles(latin)).rejects.toThrow("The file is no text in UTF-8; save it as UTF-8.");
    await expect(loadRoles(folder)).rejects.toThrow(RoleError);
  });
});

describe("a folder of role files", () => {
  it("is read by the files' names, without its schema, hidden files and folders", async () => {
    const folder = await folderOf({
      "b.yml": "name: b\ngoal: x",
      "a.yaml": "name: a\ngoal: x",
      "c.json": '{"name":"c","goal":"x"}',
      ".hidden.yaml": "no role",
      "role.schema.json": "{}",
      "notes.md": "# Notes",
    });
    await mkdir(path.join(folder, "old.yaml"));
    await expect(loadRoles(folder)).rejects.toThrow("old.yaml cannot be used:\n  This is no file.");
    const roles = await loadRoles(
      await folderOf({ "b.yml": "name: b\ngoal: x", "a.yaml": "name: a\ngoal: x" }),
    );
    expect(roles.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("tells the problems of all its files, and roles of one name with both places", async () => {
    const folder = await folderOf({
      "a.yaml": "name: same\ngoal: x",
      "b.yaml": "# remark\nname: same\ngoal: y",
      "c.yaml": "name: c",
    });
    const error = await loadRoles(folder).catch((thrown: unknown) => thrown);
    const [a, b, c] = ["a.yaml", "b.yaml", "c.yaml"].map((name) => path.join(folder, name));
    expect(error).toMatchObject({
      code: "BAD_ROLE",
      problems: [
        {
          file: b,
          line: 2,
          message: `There is a role same already, in ${a}, line 1; give each a name of its own.`,
        },
        { file: c, path: "goal" },
      ],
    });
  });

  it("has to hold one, and has to be there", async () => {
    const folder = await folderOf({ "notes.md": "# Notes" });
    await expect(loadRoles(folder)).rejects.toThrow(`The folder ${folder} holds no role file`);
    const missing = path.join(folder, "roles.yaml");
    await expect(loadRoles(missing)).rejects.toThrow(
      `There is no role file or folder ${missing} that can be read (ENOENT).`,
    );
  });
});

describe("the roles in docs/roles", () => {
  const FOLDER = path.join(import.meta.dirname, "../../docs/roles");

  it("can be used", async () => {
    const roles = await loadRoles(FOLDER);
    expect(roles.map(({ name }) => name).sort()).toEqual([
      "coder",
      "editor",
      "researcher",
      "tester",
      "writer",
    ]);
    checkTools(
      roles,
      standardTools().map(({ name }) => name),
    );
  });

  it("lie beside the schema of their format", async () => {
    const written: unknown = JSON.parse(await readFile(path.join(FOLDER, "role.schema.json"), "utf8"));
    expect(written).toEqual(JSON.parse(JSON.stringify(roleFileSchema())));
  });
});
