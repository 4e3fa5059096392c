import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { closedPort } from "../endpoint/server.ts";
import { type Called, callHere, TOPIC, Workplace } from "./command.ts";

type Case = [what: string, args: string[], says: RegExp, stdin?: string];

const BAD: Case[] = [
  [
    "a mistyped workflow",
    ["reviewloop", "x"],
    /^There is no workflow "reviewloop"; did you mean review-loop\?$/m,
  ],
  ["a part of a name", ["loop", "x"], /^There is no workflow "loop"; did you mean review-loop\?$/m],
  ["a mistyped command", ["adit", "verify"], /^There is no workflow "adit"; did you mean audit\?$/m],
  ["a workflow to draw that there is not", ["--diagram", "ruoter"], /"ruoter"; did you mean router\?$/m],
  ["an unknown workflow", ["poetry", "x"], /no workflow "poetry"; there are: single, router, .*\.$/m],
  ["options without a workflow", ["--thread", "t", "--resume", "review-loop"], /Name the workflow.*--list/],
  ["a missing input", ["review-loop"], /needs its topic: as text, as - .* or by --input/],
  ["an empty input", ["review-loop", ""], /topic is empty/],
  ["an empty standard input", ["review-loop", "-"], /topic is empty/, " \n"],
  ["an input that is not quoted", ["review-loop", "Explain", "it", "all"], /more than one input.*quotes/],
  ["an input given twice", ["review-loop", "x", "--input", '{"topic":"x"}'], /not both/],
  ["broken JSON", ["review-loop", "--input", '{"topic": "x"'], /--input is not valid JSON/],
  [
    "a file of broken JSON",
    ["review-loop", "--input", "{here}/docs/durable.md"],
    /durable\.md is not valid JSON/,
  ],
  ["JSON that is no object", ["review-loop", "--input", '["x"]'], /JSON object/],
  ["JSON without the field", ["review-loop", "--input", "{}"], /"topic"/],
  ["JSON with a field of another type", ["review-loop", "--input", '{"topic": 7}'], /"topic"/],
  ["JSON with a field that there is not", ["review-loop", "--input", '{"topic": "x", "size": 7}'], /"size"/],
  ["a missing file", ["review-loop", "--input", "{here}/input.json"], /input\.json is neither .* nor a file/],
  [
    "an unknown option",
    ["review-loop", "x", "--bugdet-calls", "3"],
    /--bugdet-calls.*Did you mean --budget-calls\?.*--help/,
  ],
  ["an option without its value", ["review-loop", "x", "--thread"], /--thread.*missing/],
  ["an empty thread", ["review-loop", "x", "--thread", ""], /thread's id is empty/],
  [
    "a cap of zero",
    ["review-loop", "x", "--budget-calls", "0"],
    /--budget-calls .* whole number above 0, not "0"/,
  ],
  ["half a call", ["review-loop", "x", "--budget-calls", "1.5"], /--budget-calls .* not "1\.5"/],
  [
    "a cap that is no number",
    ["review-loop", "x", "--budget-tokens", "many"],
    /--budget-tokens .* not "many"/,
  ],
  ["a cap below zero", ["review-loop", "x", "--budget-usd", "-1"], /--budget-usd .* not "-1"/],
  ["a time beyond all numbers", ["review-loop", "x", "--timeout", "1e999"], /--timeout .* number above 0/],
  [
    "an unknown form of output",
    ["review-loop", "x", "--output", "yaml"],
    /--output .* text or json, not "yaml"/,
  ],
  ["an unknown form of diagram", ["review-loop", "--diagram", "svg"], /--diagram .* text or mermaid/],
  ["documents that do not exist", ["review-loop", "x", "--docs", "{here}/papers"], /papers does not exist/],
  [
    "documents that are no folder",
    ["review-loop", "x", "--docs", "{here}/docs/durable.md"],
    /is not a folder/,
  ],
  [
    "a model without an endpoint",
    ["review-loop", "x", "--model", "gpt-4.1"],
    /OPENAI_API_KEY.*OPENAI_BASE_URL/,
  ],
  ["an empty model", ["review-loop", "x", "--model", ""], /--model is empty/],
  ["a topic with a control character", ["review-loop", "bell\u0007"], /"topic": .*U\+0007 at position 5/],
  ["half of a character", ["review-loop", "--input", '{"topic":"\\ud800"}'], /"topic": .*U\+D800/],
  ["a topic that is too long", ["review-loop", "-"], /GRAPHWRIGHT_MAX_INPUT_CHARS/, "a".repeat(1_000_000)],
  ["a thread that moves the cursor", ["review-loop", "x", "--thread", "a\u001b[2J"], /thread's id holds/],
  ["a thread that is too long", ["review-loop", "x", "--thread", "a".repeat(201)], /201 characters/],
  ["a workflow that moves the cursor", ["review\u001b[2J\nloop"], /no workflow "review loop"/],
  ["a key in the place of a workflow", [`sk-${"a1".repeat(12)}`], /no workflow "\[redacted\]"/],
  ["a resume without a thread", ["review-loop", "--resume"], /--resume needs --thread/],
  ["a resume with an input", ["review-loop", "x", "--thread", "t", "--resume"], /input that the run has/],
  ["a resume of an unknown thread", ["review-loop", "--thread", "t", "--resume"], /no thread t to resume/],
  ["an answer to an unknown thread", ["review-loop", "--thread", "t", "--resume", "yes"], /no thread t/],
];

const place = new Workplace();

// The settings of this process, read at the first use: nothing here may touch the database that they name.
process.env["DATABASE_URL"] = `file:${place.folder}/runs.db`;
for (const name of Object.keys(process.env)) if (name.startsWith("OPENAI_")) delete process.env[name];

/** One sentence, on one line, without a stack. */
const oneSentence = (err: string) => {
  expect(err).toMatch(/^[^\n\p{Cc}]+\n$/u);
  expect(err).not.toMatch(/ at .*:\d+:\d+|node_modules|Error:/);
};

describe("bad input ends with code 2 and one sentence, and writes nothing", () => {
  it.each(BAD)("%s", async (_, args, says, stdin) => {
    const { code, out, err } = await callHere(
      args.map((arg) => arg.replace("{here}", place.folder)),
      { stdin },
    );
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(says);
    oneSentence(err);
    expect(place.files).toEqual([]);
  });

  it.concurrent.each<[string, string[], RegExp, Called]>([
    ["an input that is empty", ["review-loop", "-"], /topic is empty/, { stdin: "\n" }],
    ["an unknown thread", ["review-loop", "--thread", "t", "--resume"], /no thread t to resume/, {}],
    [
      "a cap on money that nobody can hold",
      ["review-loop", "x", "--budget-usd", "1"],
      /price of "my-own" is not known/,
      { env: { OPENAI_BASE_URL: "http://127.0.0.1:9/v1", OPENAI_MODEL: "my-own" } },
    ],
    [
      "a cap on money that nobody can hold for one role",
      ["review-loop", "x", "--budget-usd", "1"],
      /price of "my-own" is not known/,
      { env: { OPENAI_API_KEY: "test", OPENAI_MODEL: "gpt-4.1-mini", OPENAI_MODEL_WRITER: "my-own" } },
    ],
    [
      "a setting that cannot be",
      ["review-loop", "x"],
      /OPENAI_TIMEOUT_SECONDS=soon/,
      { env: { OPENAI_TIMEOUT_SECONDS: "soon" } },
    ],
    [
      "a database of no known kind",
      ["review-loop", "x"],
      /DATABASE_URL=mysql/,
      { env: { DATABASE_URL: "mysql://x" } },
    ],
  ])("in a process of its own: %s", async (_, args, says, called) => {
    const place = new Workplace();
    const { code, out, err } = await place.call(args, called);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(says);
    oneSentence(err);
    expect(place.files).toEqual([]);
  });
});

describe("a thread that is not in the state for it", () => {
  it("is refused with code 2, and stays as it is", async () => {
    const place = new Workplace();
    const thread = ["--thread", "t"];
    expect(await place.write([TOPIC, ...thread, "--budget-calls", "2"])).toMatchObject({ code: 4 });
    const again = await place.write(["Another topic", ...thread]);
    expect(again).toMatchObject({ code: 2, out: "" });
    expect(again.err).toMatch(/thread t is unfinished; resume it/);
    oneSentence(again.err);

    const other = await place.call(["router", "x", ...thread]);
    expect(other).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/belongs to review-loop/) });

    expect(await place.write([...thread, "--resume", "--budget-calls", "50"])).toMatchObject({ code: 0 });
    const finished = await place.write([...thread, "--resume"]);
    expect(finished).toMatchObject({ code: 2, out: "" });
    expect(finished.err).toMatch(/thread t is finished; give it a new input/);
    oneSentence(finished.err);
  });
});

describe.concurrent("a fault of the environment ends with code 1 and one sentence", () => {
  const PORT = closedPort();

  it.each<[string, (place: Workplace) => string | Promise<string>, RegExp]>([
    [
      "a database file whose folder cannot be made",
      () => "file:docs/durable.md/runs.db",
      /a part of its path is a file/,
    ],
    [
      "a database file that is a folder",
      (place) => {
        mkdirSync(join(place.folder, "folder"));
        return "file:folder";
      },
      /its path is a folder; name a file/,
    ],
    [
      "a file that is not a database",
      (place) => {
        place.put("notes.txt", "These are notes. ".repeat(99));
        return "file:notes.txt";
      },
      /is not a SQLite database; choose another path/,
    ],
    [
      "a Postgres that is down",
      async () => `postgres://me:secret@${new URL(await PORT).host}/runs`,
      /postgres:\/\/me@127\.0\.0\.1:\d+\/runs cannot be used: no server answers/,
    ],
  ])("%s", async (_, prepare, says) => {
    const place = new Workplace();
    const env = { DATABASE_URL: await prepare(place) };
    const before = place.files;
    const { code, out, err } = await place.write([TOPIC], { env });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(says);
    oneSentence(err);
    expect(place.files).toEqual(before);
  });

  it("a model's endpoint that refuses the connection", async () => {
    const place = new Workplace();
    const env = { OPENAI_BASE_URL: await PORT, OPENAI_MAX_ATTEMPTS: "1" };
    const { code, out, err } = await place.write([TOPIC, "--thread", "t"], { env });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/cannot be reached .*check OPENAI_BASE_URL/);
    expect(err).toMatch(/Go on with: graphwright review-loop --thread t --resume --docs docs\n$/);
    expect(err).not.toMatch(/ at .*:\d+:\d+/);
    expect(await place.write(["--thread", "t", "--resume"])).toMatchObject({ code: 0 });
  });
});
