import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { type CrewTask, TASKS } from "../../graphs/content-crew/crew.ts";
import { type ContentCrewOptions, defineContentCrew, result } from "../../graphs/content-crew/graph.ts";
import type { Report } from "../../graphs/content-crew/state.ts";
import type { Outcome } from "../../src/outcomes/outcome.ts";
import { NOTHING_SPENT } from "../../src/outcomes/spend.ts";
import { defineRole } from "../../src/roles/role.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { after, calls, fails, ScriptedModel, type ScriptLines } from "../../src/testing/index.ts";
import { temporaryFolder } from "../storage/databases.ts";
import { passage, searchTool } from "../tools/search-tool.ts";

/** What a crew is given. */
interface Given {
  topic: string;
  approval?: boolean;
}

const TOPIC: Given = { topic: "Raft" };
const ASKED: Given = { ...TOPIC, approval: true };
const find = (query: string) => calls({ name: "search_documents", args: { query } });

const APPROVED = { approved: true, objections: [] };
const rejected = (problem = "It is short.") => ({
  approved: false,
  objections: [{ aspect: "completeness", problem, change: "Say more." }],
});

/** Both researches, each with one source of its own, numbered 1 in its own report. */
const RESEARCHED = {
  researcher: [find("leader"), "Raft has a leader [1]."],
  analyst: [find("quorum"), "Raft needs a quorum [1]."],
};
const ARTICLE = "# On Raft\n\nIt has a leader [1], and needs a quorum [2].";
const WRITTEN = { ...RESEARCHED, writer: [ARTICLE], editor: [APPROVED] };

/** A run of a crew that publishes into a folder of its own, and how to go on with it. */
async function started(
  lines: ScriptLines,
  { input = TOPIC, crew = {}, ...more }: RunOptions & { input?: Given; crew?: ContentCrewOptions } = {},
) {
  const folder = crew.folder ?? temporaryFolder();
  const defined = defineContentCrew({ ...crew, folder }).graph;
  const models = new ScriptedModel(lines);
  const { checkpointer, ledger } = openStorage("memory:");
  const options = { models, tools: [searchTool().search], checkpointer, ledger, thread: "t", ...more };
  const ended = await run(defined, input, options);
  const resumed = (resume: unknown, others: RunOptions = {}) =>
    run(defined, null, { ...options, ...others, resume });
  return { ended, models, folder, options, resumed, graph: defined };
}

const textOf = (folder: string, file: string) => readFileSync(join(folder, file), "utf8");

describe("a crew", () => {
  it("researches in parallel, writes, edits and publishes", async () => {
    vi.setSystemTime("2025-03-04T23:59:00Z");
    const { ended, models, folder } = await started(WRITTEN);
    vi.useRealTimers();
    expect(ended).toMatchObject({
      status: "done",
      error: null,
      path: ["work", "edit", "publish"],
      output: {
        status: "published",
        article: ARTICLE,
        sources: [
          { id: 1, ...passage("leader") },
          { id: 2, ...passage("quorum") },
        ],
        publication: { folder, markdown: "on-raft.md", html: "on-raft.html" },
        approved: true,
        objections: [],
        ended: { reason: "agreement", text: "the editor approves" },
      },
      spend: { calls: 6 },
    });
    expect(Object.keys(ended.output ?? {}).sort()).toEqual(
      ["approved", "article", "ended", "objections", "outcomes", "publication", "sources", "status"].sort(),
    );
    expect(textOf(folder, "on-raft.md")).toBe(
      "---\ntitle: On Raft\ndate: 2025-03-04\nsources:\n  - id: 1\n    title: leader\n    file: leader.md\n" +
        "  - id: 2\n    title: quorum\n    file: quorum.md\n---\n\n" +
        `${ARTICLE}\n\n## Sources\n\n- [1] leader (leader.md)\n- [2] quorum (quorum.md)\n`,
    );
    expect(textOf(folder, "on-raft.html")).toContain(
      "<h1>On Raft</h1>\n<p>It has a leader [1], and needs a quorum [2].</p>",
    );
    models.assertDone();
  });

  it("begins its independent tasks at once, and shows each what its task says and what it needs", async () => {
    const { models } = await started(WRITTEN);
    const first = models.requests.slice(0, 2).map(({ role }) => role);
    expect(first).toEqual(["researcher", "analyst"]);
    const textFor = (role: string) => models.requests.find((request) => request.role === role)?.text ?? "";
    expect(textFor("researcher")).toContain("Find out what is known on the topic “Raft”");
    expect(textFor("researcher")).not.toContain("<report");
    expect(textFor("writer")).toContain('<report from="facts">\nRaft has a leader [1].');
    expect(textFor("writer")).toContain('<report from="limits">\nRaft needs a quorum [2].');
    expect(models.requests.find(({ role }) => role === "writer")?.tools).toEqual([]);
    expect(textFor("editor")).toContain("What the documents say of quorum.");
  });

  it("publishes nothing where a task fails that the article needs, and says who was skipped", async () => {
    const { ended, models, folder } = await started({
      researcher: [find("leader"), "Raft has a leader [1]."],
      analyst: [fails(new Error("The model is down."))],
    });
    expect(ended).toMatchObject({
      status: "done",
      path: ["work"],
      output: {
        status: "nothing_to_publish",
        article: "",
        ended: null,
        publication: null,
        outcomes: [
          { who: "facts", status: "ok" },
          { who: "limits", status: "failed", why: "The model is down." },
          { who: "article", status: "skipped", why: 'it needs "limits", which failed' },
        ],
      },
    });
    expect(ended.partial).toContain("## facts\n\nRaft has a leader [1].");
    expect(ended.partial).toContain("- article: skipped;");
    expect(readdirSync(folder)).toEqual([]);
    models.assertDone();
  });

  it("publishes nothing where the writer writes nothing", async () => {
    const { ended } = await started({ ...RESEARCHED, writer: [" "] });
    expect(ended).toMatchObject({ path: ["work"], output: { status: "nothing_to_publish" } });
  });

  it("gives a task its time, and skips what needs one that ran out of it", async () => {
    const { ended } = await started(
      { researcher: ["Fast."], analyst: [after(5_000, "Late.")] },
      { crew: { timeoutMs: 100 } },
    );
    expect(ended.output).toMatchObject({
      status: "nothing_to_publish",
      outcomes: [{ status: "ok" }, { status: "timed_out" }, { status: "skipped" }],
    });
  });

  it("does one task at a time where it may do no more", async () => {
    const { models } = await started(WRITTEN, { crew: { maxParallel: 1 } });
    const roles = models.requests.map(({ role }) => role);
    expect(roles).toEqual(["researcher", "researcher", "analyst", "analyst", "writer", "editor"]);
  });
});

describe("the editor", () => {
  it("sends the article back with what is to be changed, until it is good", async () => {
    const { ended, models } = await started({
      ...RESEARCHED,
      writer: [ARTICLE, `${ARTICLE}\n\nMore [2].`],
      editor: [rejected(), APPROVED],
    });
    expect(ended).toMatchObject({
      path: ["work", "edit", "revise", "edit", "publish"],
      output: { status: "published", article: `${ARTICLE}\n\nMore [2].`, approved: true },
    });
    const revision = models.requests.filter(({ role }) => role === "writer").at(-1);
    expect(revision?.text).toContain(
      "<objections>\n- [completeness] It is short. → Say more.\n</objections>",
    );
    models.assertDone();
  });

  it("objects to a citation of nothing, whatever the model says", async () => {
    const { ended, models } = await started({
      ...RESEARCHED,
      writer: [`${ARTICLE} And a term [9].`, `${ARTICLE} And a term.`],
      editor: [APPROVED, APPROVED],
    });
    expect(ended.output).toMatchObject({ status: "published", article: `${ARTICLE} And a term.` });
    expect(models.requests.filter(({ role }) => role === "writer").at(-1)?.text).toContain(
      "- [citation] The citation [9] points at no source.",
    );
  });

  it.each([1, 2, 3])(
    "sends it back at most %d times, and then nothing is published",
    async (maxRevisions) => {
      const drafts = Array.from({ length: maxRevisions + 1 }, (_, at) => `# Draft ${at}\n\nLeader [1].`);
      const { ended, models, folder } = await started(
        { ...RESEARCHED, writer: drafts, editor: drafts.map((draft) => rejected(`${draft} is short.`)) },
        { crew: { maxRevisions } },
      );
      expect(ended).toMatchObject({
        status: "done",
        output: {
          status: "not_approved",
          article: drafts.at(-1),
          approved: false,
          objections: [{ problem: `${drafts.at(-1)} is short.` }],
          ended: { reason: "rounds", text: `${maxRevisions} of ${maxRevisions} rounds are made` },
          publication: null,
        },
      });
      expect(ended.path.filter((node) => node === "revise")).toHaveLength(maxRevisions);
      expect(ended.partial).toMatch(/## Open objections[\s\S]*Not published: the editor has not approved it/);
      expect(readdirSync(folder)).toEqual([]);
      models.assertDone();
    },
  );

  it("sends back twice unless told otherwise", async () => {
    const { ended } = await started({
      ...RESEARCHED,
      writer: ["# A\n\nA.", "# B\n\nB.", "# C\n\nC."],
      editor: [rejected(), rejected(), rejected()],
    });
    expect(ended.output).toMatchObject({ status: "not_approved", ended: { reason: "rounds" } });
  });

  it("is not asked a third time about a draft that a revision did not change", async () => {
    const { ended, models } = await started({
      ...RESEARCHED,
      writer: [ARTICLE, ARTICLE],
      editor: [rejected(), rejected()],
    });
    expect(ended.output).toMatchObject({ status: "not_approved", ended: { reason: "no_progress" } });
    models.assertDone();
  });

  it("has an article published that it did not approve only where an option says so", async () => {
    const { ended, folder } = await started(
      { ...RESEARCHED, writer: ["# A\n\nA.", "# B\n\nB."], editor: [rejected(), rejected()] },
      { crew: { maxRevisions: 1, publishUnapproved: true } },
    );
    expect(ended.output).toMatchObject({
      status: "published",
      approved: false,
      objections: [{ problem: "It is short." }],
      ended: { reason: "rounds" },
    });
    expect(readdirSync(folder)).toEqual(["b.html", "b.md"]);
  });

  it("whose verdict cannot be read approves nothing", async () => {
    const { ended } = await started(
      { ...RESEARCHED, writer: ["# A\n\nA.", "# B\n\nB."], editor: Array(6).fill("APPROVED, publish it!") },
      { crew: { maxRevisions: 1 } },
    );
    expect(ended.output).toMatchObject({ status: "not_approved", approved: false });
  });

  it("ends the revisions where the budget is nearly spent", async () => {
    const { ended, models } = await started(
      { ...RESEARCHED, writer: [ARTICLE], editor: [rejected()] },
      { budget: { calls: 7, soft: 0.8 } },
    );
    expect(ended.output).toMatchObject({ status: "not_approved", ended: { reason: "budget" } });
    models.assertDone();
  });
});

describe("a person who is asked", () => {
  it("sees the article, and has it published", async () => {
    const { ended, resumed, folder } = await started(WRITTEN, { input: ASKED });
    expect(ended).toMatchObject({
      status: "needs_human",
      path: ["work", "edit"],
      interrupts: [
        {
          value: {
            kind: "publication",
            question: "Is the article to be published?",
            topic: "Raft",
            article: `${ARTICLE}\n\n## Sources\n\n- [1] leader (leader.md)\n- [2] quorum (quorum.md)`,
            objections: [],
          },
        },
      ],
    });
    expect(readdirSync(folder)).toEqual([]);
    const done = await resumed({ action: "publish" });
    expect(done).toMatchObject({
      status: "done",
      path: ["work", "edit", "approve", "publish"],
      output: { status: "published" },
    });
    expect(readdirSync(folder)).toEqual(["on-raft.html", "on-raft.md"]);
  });

  it("has it changed as often as wanted, which costs the editor none of its revisions", async () => {
    const drafts = Array.from({ length: 5 }, (_, at) => `# Draft ${at}\n\nLeader [1].`);
    const { ended, resumed, models } = await started(
      {
        ...RESEARCHED,
        writer: drafts,
        editor: [APPROVED, APPROVED, rejected(), rejected(), rejected()],
      },
      { input: ASKED },
    );
    expect(ended.status).toBe("needs_human");
    await resumed({ action: "change", instruction: "Name the quorum." });
    const again = await resumed({ action: "change", instruction: "Name the term." });
    expect(again).toMatchObject({
      status: "needs_human",
      path: [
        "work",
        "edit",
        "approve",
        "revise",
        "edit",
        "approve",
        "revise",
        "edit",
        "revise",
        "edit",
        "revise",
        "edit",
      ],
      interrupts: [
        {
          value: {
            question: expect.stringContaining("has not approved"),
            objections: ["It is short. Say more."],
          },
        },
      ],
    });
    const wishes = models.requests
      .filter(({ text }) => text.includes("<objections>"))
      .map(({ text }) => text);
    expect(wishes[0]).toContain("<objections>\n- [completeness] Name the quorum.\n</objections>");
    expect(wishes[1]).toContain("<objections>\n- [completeness] Name the term.\n</objections>");
    expect(wishes[2]).toContain("It is short.");
    const done = await resumed({ action: "publish" });
    expect(done.output).toMatchObject({ status: "published", approved: false, article: drafts[4] });
    models.assertDone();
  });

  it("is heard by the editor, and by every revision after it", async () => {
    const drafts = Array.from({ length: 3 }, (_, at) => `# Draft ${at}\n\nLeader [1].`);
    const { resumed, models } = await started(
      { ...RESEARCHED, writer: drafts, editor: [APPROVED, rejected("It is long."), APPROVED] },
      { input: ASKED },
    );
    const before = models.requests.length;
    await resumed({ action: "change", instruction: "Name the quorum." });
    const later = models.requests.slice(before);
    expect(later.map(({ role }) => role)).toEqual(["writer", "editor", "writer", "editor"]);
    for (const { text } of later)
      expect(text).toMatch(/A person has asked for this.*\n- Name the quorum\.\n/);
    expect(later[2]?.text).toContain("It is long.");
    expect(models.requests[before - 1]?.text).not.toContain("A person has asked");
    models.assertDone();
  });

  it("has it discarded", async () => {
    const { resumed, folder } = await started(WRITTEN, { input: ASKED });
    const done = await resumed({ action: "discard" });
    expect(done).toMatchObject({
      status: "done",
      path: ["work", "edit", "approve"],
      output: { status: "discarded", article: ARTICLE, publication: null },
    });
    expect(done.partial).toMatch(/Not published: it was discarded\.$/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([{ action: "yes" }, { action: "change" }, { action: "change", instruction: " " }, "publish"])(
    "and answers %j is asked again",
    async (answer) => {
      const { resumed, folder } = await started(WRITTEN, { input: ASKED });
      await expect(resumed(answer)).rejects.toMatchObject({ code: "REFUSED_ANSWER" });
      expect(readdirSync(folder)).toEqual([]);
      expect(await resumed({ action: "discard" })).toMatchObject({ output: { status: "discarded" } });
    },
  );

  it("is not asked where there is nothing to publish", async () => {
    const { ended } = await started(
      { researcher: ["None."], analyst: [fails(new Error("Down."))] },
      { input: ASKED },
    );
    expect(ended).toMatchObject({ status: "done", output: { status: "nothing_to_publish" } });
  });
});

describe("publishing", () => {
  it("replaces no file of others: both files get a number behind their name", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "on-raft.md"), "Mine.");
    writeFileSync(join(folder, "on-raft-2.html"), "Mine.");
    const { ended } = await started(WRITTEN, { crew: { folder } });
    expect(ended.output).toMatchObject({ publication: { markdown: "on-raft-3.md", html: "on-raft-3.html" } });
    expect(readdirSync(folder)).toEqual(["on-raft-2.html", "on-raft-3.html", "on-raft-3.md", "on-raft.md"]);
    expect(textOf(folder, "on-raft.md")).toBe("Mine.");
  });

  it("follows no link out of the folder", async () => {
    const [folder, outside] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(outside, "target.md"), "Theirs.");
    symlinkSync(join(outside, "target.md"), join(folder, "on-raft.md"));
    const { ended } = await started(WRITTEN, { crew: { folder } });
    expect(ended.output).toMatchObject({ publication: { markdown: "on-raft-2.md" } });
    expect(textOf(outside, "target.md")).toBe("Theirs.");
  });

  it("takes what stands there word for word for its own", async () => {
    const folder = temporaryFolder();
    await started(WRITTEN, { crew: { folder } });
    const { ended } = await started(WRITTEN, { crew: { folder } });
    expect(ended.output).toMatchObject({ status: "published", publication: { markdown: "on-raft.md" } });
    expect(readdirSync(folder)).toEqual(["on-raft.html", "on-raft.md"]);
  });

  it("that cannot be done fails the run, and a resume tries again", async () => {
    const folder = join(temporaryFolder(), "out");
    writeFileSync(folder, "A file in the way.");
    const { ended, resumed, models } = await started(WRITTEN, { crew: { folder } });
    expect(ended).toMatchObject({ status: "failed", error: { code: "EFFECT_NOT_DONE" } });
    expect(ended.partial).toContain("It has a leader [1]");
    rmSync(folder);
    mkdirSync(folder);
    expect(await resumed(true)).toMatchObject({ status: "done", output: { status: "published" } });
    models.assertDone();
  });

  it("keeps the folder that the article was cleared for, whatever folder a resume is given", async () => {
    const [folder, other] = [join(temporaryFolder(), "out"), temporaryFolder()];
    writeFileSync(folder, "A file in the way.");
    const { ended, options } = await started(WRITTEN, { crew: { folder } });
    expect(ended).toMatchObject({ error: { code: "EFFECT_NOT_DONE" } });
    rmSync(folder);
    const elsewhere = defineContentCrew({ folder: other }).graph;
    const done = await run(elsewhere, null, { ...options, resume: true });
    expect(done).toMatchObject({ status: "done", output: { publication: { folder } } });
    expect([readdirSync(folder), readdirSync(other)]).toEqual([["on-raft.html", "on-raft.md"], []]);
  });

  it("keeps the day on which the article was cleared, however late a resume publishes it", async () => {
    const folder = join(temporaryFolder(), "out");
    writeFileSync(folder, "A file in the way.");
    vi.setSystemTime("2025-03-04T12:00:00Z");
    const { resumed } = await started(WRITTEN, { crew: { folder } });
    vi.setSystemTime("2025-04-01T12:00:00Z");
    rmSync(folder);
    await resumed(true);
    vi.useRealTimers();
    expect(textOf(folder, "on-raft.md")).toContain("\ndate: 2025-03-04\n");
  });

  it("has the day on which a person had it published", async () => {
    vi.setSystemTime("2025-03-04T12:00:00Z");
    const { resumed, folder } = await started(WRITTEN, { input: ASKED });
    vi.setSystemTime("2025-04-01T12:00:00Z");
    await resumed({ action: "publish" });
    vi.useRealTimers();
    expect(textOf(folder, "on-raft.md")).toContain("\ndate: 2025-04-01\n");
  });
});

const author = defineRole({ name: "author", goal: "Write.", tools: ["search_documents"] });
const task = (id: string, more: Partial<CrewTask> = {}): CrewTask => ({
  id,
  description: `Do ${id} on {topic}.`,
  expectedOutput: "a text on { topic }",
  role: author,
  ...more,
});

describe("a crew of one's own", () => {
  it("may be one task, whose role also revises with its tools", async () => {
    const { ended, models } = await started(
      {
        author: [find("raft"), "# One\n\nOne [1].", find("term"), "# One\n\nOne [1], two [2]."],
        editor: [rejected(), APPROVED],
      },
      { input: { topic: "{topic} and $& raft" }, crew: { tasks: [task("all")] } },
    );
    expect(ended.output).toMatchObject({
      status: "published",
      article: "# One\n\nOne [1], two [2].",
      sources: [passage("raft"), passage("term")],
    });
    expect(models.requests[0]?.text).toContain("Do all on {topic} and $& raft.");
    expect(models.requests[0]?.text).toContain("a text on {topic} and $& raft");
    models.assertDone();
  });

  it("is run by what its tasks need, and a task gets the tools that it is given", async () => {
    const { search } = searchTool({ name: "search_archive" });
    const scout = defineRole({ name: "scout", goal: "Search.", tools: ["search_archive"] });
    const tasks = [
      task("end", { dependsOn: ["middle", "begin"] }),
      task("middle", { dependsOn: ["begin"], role: defineRole({ name: "thinker", goal: "Think." }) }),
      task("begin", { role: scout, tools: [search] }),
    ];
    const { ended, models } = await started(
      {
        scout: [calls({ name: "search_archive", args: { query: "raft" } }), "Found [1]."],
        thinker: ["Thought [1]."],
        author: ["# End\n\nDone [1]."],
        editor: [APPROVED],
      },
      { crew: { tasks } },
    );
    expect(ended.output).toMatchObject({ status: "published", sources: [passage("raft")] });
    expect(models.requests.map(({ role }) => role)).toEqual([
      "scout",
      "scout",
      "thinker",
      "author",
      "editor",
    ]);
    expect(models.requests[0]?.tools).toEqual(["search_archive"]);
  });

  it.each<[string, CrewTask[], string | RegExp]>([
    ["no task", [], "0 subtasks"],
    ["a task that needs an unknown one", [task("a", { dependsOn: ["b"] })], '"a" depends on "b"'],
    ["tasks in a circle", [task("a", { dependsOn: ["b"] }), task("b", { dependsOn: ["a"] })], "in a circle"],
    ["two tasks of one id", [task("a"), task("a")], "2 subtasks have the id"],
    ["two ends", [task("a"), task("b")], 'No task needs "a", "b"'],
    [
      "an unknown placeholder",
      [task("a", { description: "On {subject}." })],
      'The task "a" has the placeholder {subject}; there is only {topic}.',
    ],
    ["one in what is expected", [task("a", { expectedOutput: "{ tone } text" })], "the placeholder {tone}"],
    ["an empty description", [task("a", { description: " " })], 'The task "a" has an empty description.'],
  ])("with %s is refused", (_, tasks, message) => {
    expect(() => defineContentCrew({ tasks })).toThrow(message);
    expect(() => defineContentCrew({ tasks })).toThrow(expect.objectContaining({ code: "BAD_CREW" }));
  });

  it("with a role that is none is refused", () => {
    const role = { ...author, name: "An Author" };
    expect(() => defineContentCrew({ tasks: [task("a", { role })] })).toThrow(/"An Author" cannot be used/);
  });

  it("takes other braces as they are", () => {
    expect(() =>
      defineContentCrew({ tasks: [task("a", { description: 'Give {"a": 1} on {topic}.' })] }),
    ).not.toThrow();
  });
});

it.each(["maxRevisions", "maxParallel", "timeoutMs"])("refuses %s that is no bound", (option) => {
  expect(() => defineContentCrew({ [option]: 0 })).toThrow(
    `${option} has to be a whole number of at least 1`,
  );
});

describe("a thread", () => {
  it("that was used before keeps nothing of the topic before", async () => {
    const first = await started(
      { ...RESEARCHED, writer: [ARTICLE, "# Two\n\nTwo [1]."], editor: [rejected(), rejected()] },
      { crew: { maxRevisions: 1 } },
    );
    expect(first.ended.output).toMatchObject({ status: "not_approved" });
    const models = new ScriptedModel({ researcher: [fails(new Error("Down."))], analyst: ["None."] });
    const second = await run(first.graph, TOPIC, { ...first.options, models });
    expect(second.output).toMatchObject({
      status: "nothing_to_publish",
      article: "",
      sources: [],
      ended: null,
      approved: false,
      objections: [],
    });
    const third = await run(first.graph, TOPIC, {
      ...first.options,
      models: new ScriptedModel({
        ...RESEARCHED,
        writer: [ARTICLE, "# Other\n\nTwo [1]."],
        editor: [rejected(), APPROVED],
      }),
    });
    expect(third.output).toMatchObject({ status: "published", ended: { reason: "agreement" } });
  });

  it("works by graph.invoke, without run", async () => {
    const folder = temporaryFolder();
    const { workflow } = defineContentCrew({ folder });
    const bare = workflow.compile({ checkpointer: openStorage("memory:").checkpointer });
    const models = new ScriptedModel(WRITTEN);
    const config = {
      context: { models, tools: [searchTool().search] },
      configurable: { thread_id: `bare ${folder}` },
    };
    expect(await bare.invoke(TOPIC, config)).toMatchObject({ status: "published" });
    expect(readdirSync(folder)).toEqual(["on-raft.html", "on-raft.md"]);
  });
});

describe("the result", () => {
  const report = (task: string, text: string): Report => ({
    task,
    by: "researcher",
    text,
    sources: [{ id: 1, ...passage(task) }],
    evidence: [],
    ended: "answered",
  });
  const ok = (who: string, text: string): Outcome<Report> => ({
    who,
    ms: 1,
    spend: NOTHING_SPENT,
    status: "ok",
    value: report(who, text),
  });

  it("of a run that is still researching is what was reported so far", () => {
    const text = result({}, [ok("facts", "A fact [1]."), ok("limits", "A limit [1].")]);
    expect(text).toBe(
      "## facts\n\nA fact [1].\n\n## limits\n\nA limit [2].\n\n## Sources\n\n- [1] facts (facts.md)\n- [2] limits (limits.md)",
    );
    expect(result({})).toBe("");
  });

  it("of a run that is editing is the draft", () => {
    const draft = "A draft [1].";
    const found = [{ id: 1, ...passage("raft") }];
    expect(result({ draft, found, article: "Before.", ended: null })).toBe(
      "A draft [1].\n\n## Sources\n\n- [1] raft (raft.md)",
    );
  });
});

it("has two tasks by default that need nobody, and one that needs both", () => {
  expect(TASKS.map(({ id, dependsOn = [] }) => [id, dependsOn])).toEqual([
    ["facts", []],
    ["limits", []],
    ["article", ["facts", "limits"]],
  ]);
});
