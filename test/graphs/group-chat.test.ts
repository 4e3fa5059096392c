import { describe, expect, it } from "vitest";
import { defineGroupChat, type GroupChatOptions, workflow } from "../../graphs/group-chat/graph.ts";
import { SPEAKERS } from "../../graphs/group-chat/speakers.ts";
import type { Remark, State } from "../../graphs/group-chat/state.ts";
import { ModelError, UsageError } from "../../src/errors.ts";
import { blocksOf } from "../../src/models/prompt.ts";
import { NOTHING_SPENT } from "../../src/outcomes/spend.ts";
import { condition } from "../../src/outcomes/termination.ts";
import type { Turn } from "../../src/outcomes/turn.ts";
import type { RunOptions } from "../../src/runtime/options.ts";
import { run } from "../../src/runtime/run.ts";
import { openStorage } from "../../src/storage/open.ts";
import { fails, type Line, ScriptedModel } from "../../src/testing/index.ts";
import { PASSAGES, searchFor } from "../runtime/articles.ts";
import { onThread } from "./on-thread.ts";

const OFFLINE = new ModelError("unauthorized", "m", "The endpoint refused the key.");

const role = (name: string) => ({ name, goal: `Be ${name}.` });
const [ann, bob, cid] = [role("ann"), role("bob"), role("cid")];
const TWO = { speakers: [ann, bob] };
const THREE = { speakers: [ann, bob, cid] };

const goesOn = (text: string) => ({ text, finished: false });
const settled = (text: string) => ({ text, finished: true });
type Lines = { [role: string]: readonly Line[] };

/** As many turns as there are, each with words of its own. */
const talking = (names: readonly string[], turns: number): Lines =>
  Object.fromEntries(
    names.map((name) => [name, Array.from({ length: turns }, (_, at) => goesOn(`${name} ${at + 1}.`))]),
  );
const MODERATOR = { moderator: ["Ann asked [1], bob did not answer [7]."] };

/** A run of a chat on a thread of its own, which can be used again and gone on with. */
async function chatted(
  lines: Lines,
  options: GroupChatOptions = {},
  { human, ...more }: RunOptions & { human?: "end" | "always" } = {},
) {
  const chat = defineGroupChat(options);
  const input = { topic: "Lunch", ...(human && { human }) };
  const world = onThread(chat.graph, input, { lines, tools: [searchFor(PASSAGES)] });
  const ended = await world.begun(more);
  const answer = (resume: unknown) => world.resumed(resume, more);
  return { ended, models: world.models, chat, options: { ...world.options, ...more }, answer };
}

const rolesOf = ({ requests }: ScriptedModel) => requests.map(({ role }) => role);
const blocksIn = (text: string | undefined, name: string) =>
  blocksOf(text ?? "").filter((block) => block.name === name);
const round = ["choose", "speak"];
const rounds = (count: number) => Array.from({ length: count }, () => round).flat();

describe("a topic", () => {
  it("is talked about in turn until all think that it is settled, and concluded", async () => {
    const { ended, models } = await chatted(
      {
        ann: [goesOn("Soup? [1]"), settled("So be it [9].")],
        bob: [goesOn("Salad [2]."), settled("Fine.")],
        cid: [settled("Soup.")],
        ...MODERATOR,
      },
      THREE,
    );
    expect(ended).toMatchObject({
      status: "done",
      path: ["research", ...rounds(5), "conclude"],
      output: {
        conclusion: "Ann asked [1], bob did not answer.",
        ended: { reason: "agreement", text: "all think that the matter is settled" },
        sources: [{ id: 1 }],
      },
      spend: { calls: 6 },
    });
    expect(ended.output?.turns).toMatchObject([
      { who: "ann", round: 1, status: "ok", value: goesOn("Soup? [1]") },
      { who: "bob", round: 2, value: goesOn("Salad [2].") },
      { who: "cid", round: 3 },
      { who: "ann", round: 4, value: settled("So be it.") },
      { who: "bob", round: 5 },
    ]);
    expect(ended.output?.choices[0]).toEqual({
      speaker: "ann",
      by: "round_robin",
      reason: "It is next in turn.",
      fallback: null,
    });
    expect(Object.keys(ended.output ?? {}).sort()).toEqual([
      "choices",
      "conclusion",
      "ended",
      "sources",
      "turns",
    ]);
    models.assertDone();
  });

  it("is searched for once at the beginning, also for what each speaker is good at", async () => {
    const queries: string[] = [];
    const search = searchFor(PASSAGES);
    search.func = async ({ query }) => {
      queries.push(query);
      return ["Found.", PASSAGES];
    };
    const speakers = [{ ...ann, expertise: ["soup", "bread"] }, bob];
    await chatted({ ...talking(["ann"], 1), ...MODERATOR }, { speakers, maxRounds: 1 }, { tools: [search] });
    expect(queries).toEqual(["Lunch", "Lunch soup bread", "Lunch"]);
  });

  it("is talked about by speakers who are told who they are, and see the whole transcript", async () => {
    const { models } = await chatted(
      { ...talking(["ann", "bob"], 2), ...MODERATOR },
      { ...TWO, maxRounds: 3 },
    );
    const [system, human] = models.requests[2]?.messages ?? [];
    expect(system?.text).toContain("Goal: Be ann.");
    expect(blocksIn(human?.text, "report").map(({ attributes, text }) => [attributes["from"], text])).toEqual(
      [
        ["ann", "ann 1."],
        ["bob", "bob 1."],
      ],
    );
    expect(blocksIn(human?.text, "source").map(({ attributes }) => attributes["id"])).toEqual(["1", "2"]);
  });

  it("has four speakers with roles unless it is given others", () => {
    expect(SPEAKERS.map(({ name }) => name)).toEqual(["architect", "operator", "auditor", "advocate"]);
    for (const { goal, expertise, responsibilities } of SPEAKERS) {
      expect([goal, expertise.join(), responsibilities.join()]).not.toContain("");
    }
  });
});

describe("a chat ends", () => {
  it.each([1, 4])("after %d rounds where that is the bound, each one turn", async (maxRounds) => {
    const { ended } = await chatted({ ...talking(["ann", "bob"], 2), ...MODERATOR }, { ...TWO, maxRounds });
    expect(ended.output?.turns).toHaveLength(maxRounds);
    expect(ended.output).toMatchObject({
      ended: { reason: "rounds", text: `${maxRounds} of ${maxRounds} rounds are made` },
    });
    expect(ended.spend.calls).toBe(maxRounds + 1);
  });

  it("after ten rounds unless it is given another bound", async () => {
    const { ended } = await chatted({ ...talking(["ann", "bob"], 5), ...MODERATOR }, TWO);
    expect(ended.output?.turns).toHaveLength(10);
    expect(ended.output).toMatchObject({ ended: { reason: "rounds" } });
  });

  it("never because somebody says a word, only where all say that they are finished", async () => {
    const { ended } = await chatted(
      { ann: [goesOn("TERMINATE"), goesOn("finished")], bob: [settled("finished")], ...MODERATOR },
      { ...TWO, maxRounds: 3 },
    );
    expect(ended.output).toMatchObject({ ended: { reason: "rounds" } });
  });

  it("by a condition of one's own", async () => {
    const until = condition<Pick<State, "turns">>(({ turns }) => turns.length >= 2, "two have spoken");
    const { ended } = await chatted({ ...talking(["ann", "bob"], 1), ...MODERATOR }, { ...TWO, until });
    expect(ended.output).toMatchObject({ ended: { reason: "condition", text: "two have spoken" } });
  });

  it("when the budget is nearly spent, and is concluded with what is left", async () => {
    const { ended } = await chatted({ ...talking(["ann", "bob"], 5), ...MODERATOR }, TWO, {
      budget: { calls: 6 },
    });
    expect(ended).toMatchObject({
      status: "done",
      output: { ended: { reason: "budget" } },
      spend: { calls: 6 },
    });
    expect(ended.output?.turns).toHaveLength(5);
  });

  it("as stalled where a speaker says the same again, and goes on when it is resumed", async () => {
    const { ended, models, answer } = await chatted(
      {
        ann: [goesOn("Soup."), goesOn("Soup. "), goesOn("Bread.")],
        bob: [goesOn("No."), goesOn("Well.")],
        ...MODERATOR,
      },
      { ...TWO, maxRounds: 4 },
    );
    expect(ended).toMatchObject({ status: "stalled", output: null });
    expect(ended.error?.message).toContain("the same remark came 2 times in a row: ann: Soup.");
    const again = await answer(true);
    expect(again).toMatchObject({ status: "done", output: { ended: { reason: "rounds" } } });
    expect(again.output?.turns[2]).toMatchObject({ who: "ann", value: goesOn("Bread.") });
    models.assertDone();
  });

  it("but does not stall where the same words say that the matter is settled, or where it ends anyway", async () => {
    const lines = { ann: [goesOn("Soup."), settled("Soup.")], bob: [settled("Yes.")], ...MODERATOR };
    expect((await chatted(lines, TWO)).ended.output).toMatchObject({ ended: { reason: "agreement" } });
    const last = { ann: [goesOn("Soup."), goesOn("Soup.")], bob: [goesOn("No.")], ...MODERATOR };
    const { ended } = await chatted(last, { ...TWO, maxRounds: 3 });
    expect(ended.output).toMatchObject({ ended: { reason: "rounds" } });
  });
});

describe("a speaker", () => {
  it("whose model fails is out, and the others go on; the conclusion is told", async () => {
    const { ended, models, chat } = await chatted(
      { ann: [fails(OFFLINE)], ...talking(["bob", "cid"], 2), ...MODERATOR },
      { ...THREE, maxRounds: 5 },
    );
    expect(ended.output?.turns).toMatchObject([
      { who: "ann", round: 1, status: "failed", why: "The endpoint refused the key." },
      ...["bob", "cid", "bob", "cid"].map((who) => ({ who, status: "ok" })),
    ]);
    const told = blocksIn(models.requests.at(-1)?.text, "context").at(-1);
    expect(told?.text).toContain("- ann: failed; The endpoint refused the key.");
    expect(chat.result({ turns: ended.output?.turns ?? [] })).toContain("## Without words\n\n- ann: failed");
  });

  it("whose remark is only a citation of what it was not shown is asked again", async () => {
    const { ended, models } = await chatted(
      { ann: [goesOn("[7]"), goesOn("Soup.")], ...MODERATOR },
      { ...TWO, maxRounds: 1 },
    );
    expect(ended).toMatchObject({
      status: "done",
      output: { turns: [{ who: "ann", status: "ok", value: goesOn("Soup.") }] },
    });
    expect(models.requests[1]?.text).toContain("nothing but citations");
    models.assertDone();
  });

  it("who says nothing but such a citation after all the asking is out", async () => {
    const { ended } = await chatted(
      { ann: [goesOn("[7]"), goesOn("[8]"), goesOn("[9]")], ...MODERATOR },
      { ...TWO, maxRounds: 1 },
    );
    expect(ended).toMatchObject({ status: "done", output: { turns: [{ who: "ann", status: "failed" }] } });
  });

  it("whose turn cannot be read is asked again, and then out; one who is left alone ends the chat", async () => {
    const { ended, models } = await chatted({ ann: ["Soup.", "Soup!", { text: "" }], ...MODERATOR }, TWO);
    expect(ended.output).toMatchObject({
      turns: [{ who: "ann", status: "failed" }],
      ended: { reason: "too_few", text: "fewer than two speakers are left" },
      conclusion: "Nobody said anything: fewer than two speakers are left.",
      sources: [],
    });
    expect(rolesOf(models)).toEqual(["ann", "ann", "ann"]);
  });

  it("who is out counts for no agreement", async () => {
    const { ended } = await chatted(
      {
        ann: [goesOn("Soup."), fails(OFFLINE)],
        bob: [settled("Yes.")],
        cid: [settled("Yes.")],
        ...MODERATOR,
      },
      THREE,
    );
    expect(ended.output).toMatchObject({ ended: { reason: "agreement" } });
    expect(ended.output?.turns).toHaveLength(4);
  });
});

describe("the manager", () => {
  const names = (speaker: string) => ({ speaker, reason: "It knows." });
  const managed = { ...THREE, next: "manager" as const, maxRounds: 3 };

  it("names the next speaker, of those who did not speak last", async () => {
    const { ended, models } = await chatted(
      {
        manager: [names("cid"), names("ann"), names("cid")],
        ...talking(["ann"], 1),
        ...talking(["cid"], 2),
        ...MODERATOR,
      },
      managed,
    );
    expect(ended.output?.turns.map(({ who }) => who)).toEqual(["cid", "ann", "cid"]);
    expect(ended.output?.choices[1]).toEqual({
      speaker: "ann",
      by: "manager",
      reason: "It knows.",
      fallback: null,
    });
    expect(blocksIn(models.requests[2]?.text, "choices")[0]?.text).toBe("- ann: Be ann.\n- bob: Be bob.");
    expect(ended.spend.calls).toBe(2 * 3 + 1);
    models.assertDone();
  });

  it.each<[string, readonly Line[]]>([
    ["names nobody who may speak", [names("dan"), names("bob"), names("cid, please")]],
    ["fails", [fails(OFFLINE)]],
  ])("that %s leaves it to whose turn it is, and the choice says so", async (_, lines) => {
    const first = names("bob");
    const { ended } = await chatted(
      { manager: [first, ...lines], ...talking(["bob", "cid"], 1), ...MODERATOR },
      { ...managed, maxRounds: 2 },
    );
    expect(ended.output?.choices).toMatchObject([
      { speaker: "bob", by: "manager" },
      { speaker: "cid", by: "round_robin", fallback: "no_choice" },
    ]);
    expect(ended.output?.choices[1]?.reason).toMatch(/^The manager named nobody: /);
  });

  it("is not asked where only one may speak", async () => {
    const { ended, models } = await chatted(
      { manager: [names("bob")], ...talking(["ann", "bob"], 1), ...MODERATOR },
      { ...TWO, next: "manager", maxRounds: 2 },
    );
    expect(ended.output?.choices[1]).toMatchObject({ speaker: "ann", by: "round_robin", fallback: null });
    models.assertDone();
  });

  it("may name who spoke last where that is allowed", async () => {
    const { ended } = await chatted(
      { manager: [names("bob"), names("bob")], ...talking(["bob"], 2), ...MODERATOR },
      { ...TWO, next: "manager", maxRounds: 2, allowRepeats: true },
    );
    expect(ended.output?.turns.map(({ who }) => who)).toEqual(["bob", "bob"]);
  });
});

describe("a function of the state", () => {
  it("names the next speaker", async () => {
    const { ended } = await chatted(
      { ...talking(["ann", "cid"], 2), ...MODERATOR },
      { ...THREE, maxRounds: 3, next: ({ turns }) => (turns.length % 2 === 0 ? "cid" : "ann") },
    );
    expect(ended.output?.choices.map(({ speaker, by }) => [speaker, by])).toEqual([
      ["cid", "function"],
      ["ann", "function"],
      ["cid", "function"],
    ]);
  });

  it.each([
    ["unknown_speaker", "dan", 'The function named "dan": there is no such speaker.'],
    ["repeat", "ann", 'The function named "ann": it spoke last, and may not speak twice in a row.'],
  ])("that names %s leaves it to whose turn it is", async (fallback, second, reason) => {
    const { ended } = await chatted(
      { ...talking(["ann", "bob"], 1), ...MODERATOR },
      { ...THREE, maxRounds: 2, next: ({ turns }) => (turns.length === 0 ? "ann" : second) },
    );
    expect(ended.output?.choices[1]).toEqual({ speaker: "bob", by: "round_robin", reason, fallback });
  });

  it("that names one who is out leaves it to whose turn it is", async () => {
    const { ended } = await chatted(
      { ann: [fails(OFFLINE)], ...talking(["bob", "cid"], 1), ...MODERATOR },
      { ...THREE, maxRounds: 3, next: ({ turns }) => (turns.length === 1 ? "bob" : "ann") },
    );
    expect(ended.output?.choices).toMatchObject([
      { speaker: "ann", by: "function" },
      { speaker: "bob", by: "function" },
      { speaker: "cid", by: "round_robin", fallback: "out" },
    ]);
  });

  it("may name who spoke last where that is allowed", async () => {
    const { ended } = await chatted(
      { ...talking(["ann"], 2), ...MODERATOR },
      { ...TWO, maxRounds: 2, allowRepeats: true, next: () => "ann" },
    );
    expect(ended.output?.choices[1]).toMatchObject({ speaker: "ann", by: "function", fallback: null });
  });
});

it("fails with a function that throws, and goes on with one that does not", async () => {
  let isBroken = true;
  const next = ({ turns }: Pick<State, "turns">) => {
    if (turns.length === 1 && isBroken) throw new RangeError("There is no table of speakers.");
    return turns.length === 0 ? "ann" : "cid";
  };
  const lines = { ...talking(["ann", "cid"], 1), ...MODERATOR };
  const { ended, models, answer } = await chatted(lines, { ...THREE, maxRounds: 2, next });
  expect(ended).toMatchObject({ status: "failed", path: ["research", "choose", "speak"] });
  isBroken = false;
  expect(await answer(true)).toMatchObject({ status: "done", spend: { calls: 3 } });
  models.assertDone();
});

describe("a person", () => {
  const say = (text: string) => ({ action: "say", text });
  const GO_ON = { action: "go_on" };
  const FINISH = { action: "finish" };

  it("is never asked unless the input says so", async () => {
    const { ended } = await chatted({ ann: [settled("A.")], bob: [settled("B.")], ...MODERATOR }, TWO);
    expect(ended.path).not.toContain("consult");
  });

  it("is asked at the end, and what the person says is heard: the matter is open again", async () => {
    const { ended, models, answer } = await chatted(
      { ann: [settled("Soup."), settled("Bread.")], bob: [settled("Yes."), settled("Yes!")], ...MODERATOR },
      TWO,
      { human: "end" },
    );
    expect(ended).toMatchObject({
      status: "needs_human",
      path: ["research", ...rounds(2)],
      interrupts: [
        {
          value: {
            kind: "consultation",
            question: "The chat comes to its end. Is anything left to say?",
            topic: "Lunch",
            said: "bob: Yes.",
            ended: "all think that the matter is settled",
          },
        },
      ],
    });
    const open = await answer(say("And bread?"));
    expect(open).toMatchObject({
      status: "needs_human",
      path: ["research", ...rounds(2), "consult", ...rounds(2)],
    });
    const heard = blocksIn(models.requests[2]?.text, "report").at(-1);
    expect(heard).toMatchObject({
      attributes: { from: "person", round: "2", by: "person" },
      text: "And bread?",
    });
    const done = await answer(GO_ON);
    expect(done).toMatchObject({
      status: "done",
      output: { ended: { reason: "agreement" } },
      spend: { calls: 5 },
    });
    expect(done.output?.turns.map(({ who }) => who)).toEqual(["ann", "bob", "person", "ann", "bob"]);
    models.assertDone();
  });

  it("is searched for, and who answers is shown what is found, under numbers of its own", async () => {
    const search = searchFor(PASSAGES);
    const bread = { title: "Bread", file: "bread.md", heading: "", text: "Bread is dear." };
    search.func = async ({ query }) => [
      "Found.",
      query === "And bread?" ? [...PASSAGES.slice(1), bread] : PASSAGES,
    ];
    const { answer, models } = await chatted(
      { ann: [goesOn("Soup."), goesOn("Dear [3] [4].")], bob: [goesOn("Salad.")], moderator: ["Dear [3]."] },
      { ...TWO, maxRounds: 3 },
      { human: "always", tools: [search] },
    );
    await answer(GO_ON);
    await answer(say("And bread?"));
    const done = await answer(FINISH);
    const shown = blocksIn(models.requests[2]?.text, "source").map(({ attributes }) => attributes["title"]);
    expect(shown).toEqual(["Crashes", "Costs", "Bread"]);
    expect(done.output).toMatchObject({ conclusion: "Dear [3].", sources: [{ ...bread, id: 3 }] });
    expect(done.output?.turns.at(-1)).toMatchObject({ value: goesOn("Dear [3].") });
  });

  /** A search that finds a passage of its own on the person's words. */
  const breadSearch = () => {
    const search = searchFor(PASSAGES);
    const bread = { title: "Bread", file: "bread.md", heading: "", text: "Bread is dear." };
    search.func = async ({ query }) => ["Found.", query.startsWith("And bread") ? [bread] : PASSAGES];
    return search;
  };

  it("who cites a number that nothing has does not cite what is found afterwards", async () => {
    const { answer, models } = await chatted(
      { ann: [goesOn("Soup.")], bob: [goesOn("Dear [4].")], moderator: ["Dear [4]."] },
      { ...TWO, maxRounds: 2 },
      { human: "always", tools: [breadSearch()] },
    );
    await answer(say("And bread [3]?"));
    const done = await answer(FINISH);
    const shown = blocksIn(models.requests[1]?.text, "source").map(({ attributes }) => attributes["id"]);
    expect(shown).toEqual(["1", "2", "4"]);
    expect(done.output).toMatchObject({ conclusion: "Dear [4].", sources: [{ id: 4, title: "Bread" }] });
  });

  it("is answered by the next one, with the same material, where who was to answer fails", async () => {
    const { answer, models } = await chatted(
      { ann: [goesOn("Soup.")], bob: [fails(OFFLINE)], cid: [goesOn("Dear [3].")], moderator: ["Dear [3]."] },
      { ...THREE, maxRounds: 3 },
      { human: "always", tools: [breadSearch()] },
    );
    await answer(say("And bread?"));
    await answer(GO_ON);
    const done = await answer(FINISH);
    const shown = blocksIn(models.requests[2]?.text, "source").map(({ attributes }) => attributes["title"]);
    expect(models.requests[2]?.role).toBe("cid");
    expect(shown).toContain("Bread");
    expect(done.output?.turns.at(-1)).toMatchObject({ who: "cid", value: goesOn("Dear [3].") });
  });

  it("has the last word where the rounds are used up", async () => {
    const { answer } = await chatted(
      { ...talking(["ann", "bob"], 1), ...MODERATOR },
      { ...TWO, maxRounds: 2 },
      { human: "end" },
    );
    const done = await answer(say("Thanks."));
    expect(done).toMatchObject({ status: "done", output: { ended: { reason: "rounds" } } });
    expect(done.output?.turns.at(-1)).toMatchObject({ who: "person", value: goesOn("Thanks.") });
  });

  it("is asked at every turn, and may let them go on, say something, or finish", async () => {
    const { ended, models, answer } = await chatted({ ...talking(["ann", "bob"], 2), ...MODERATOR }, TWO, {
      human: "always",
    });
    expect(ended).toMatchObject({
      path: ["research", ...round],
      interrupts: [
        { value: { question: "Do you want to say something?", said: "ann: ann 1.", ended: null } },
      ],
    });
    expect(await answer(GO_ON)).toMatchObject({ interrupts: [{ value: { said: "bob: bob 1." } }] });
    expect(await answer(say("Ann, again."))).toMatchObject({
      interrupts: [{ value: { said: "ann: ann 2." } }],
    });
    const done = await answer(FINISH);
    expect(done).toMatchObject({
      status: "done",
      output: { ended: { reason: "stopped", text: "the person ended it" } },
    });
    expect(done.output?.turns.map(({ who }) => who)).toEqual(["ann", "bob", "person", "ann"]);
    expect(rolesOf(models)).toEqual(["ann", "bob", "ann", "moderator"]);
  });

  it("breaks a row: who spoke before the person may answer at once", async () => {
    const { answer } = await chatted(
      { ...talking(["ann"], 2), ...MODERATOR },
      { ...TWO, maxRounds: 2, next: () => "ann" },
      { human: "always" },
    );
    await answer(say("Ann?"));
    const done = await answer(GO_ON);
    expect(done.output?.choices[1]).toMatchObject({ speaker: "ann", by: "function" });
  });

  it.each([{ action: "shout" }, say(" "), "go on"])("cannot answer %j", async (wrong) => {
    const { answer } = await chatted(talking(["ann"], 1), TWO, { human: "always" });
    await expect(answer(wrong)).rejects.toThrow(expect.objectContaining({ code: "REFUSED_ANSWER" }));
  });
});

describe("a thread", () => {
  it("that was used before keeps nothing of the chat before", async () => {
    const { options, chat } = await chatted(
      { ...talking(["ann", "bob"], 2), ...MODERATOR },
      { ...TWO, maxRounds: 3 },
    );
    const models = new ScriptedModel({ ann: [settled("A.")], bob: [settled("B.")], moderator: ["Done."] });
    const ended = await run(chat.graph, { topic: "Dinner" }, { ...options, models });
    expect(ended.output).toMatchObject({ conclusion: "Done.", ended: { reason: "agreement" }, sources: [] });
    expect(ended.output?.turns).toHaveLength(2);
    expect(ended.output?.choices).toHaveLength(2);
    expect(models.requests[0]?.text).not.toContain("ann 1.");
  });

  it("works by graph.invoke, without run", async () => {
    const bare = workflow.compile({ checkpointer: openStorage("memory:").checkpointer });
    const lines = Object.fromEntries(SPEAKERS.map(({ name }) => [name, [settled(`${name}.`)]]));
    const output = await bare.invoke(
      { topic: "Lunch" },
      {
        context: { models: new ScriptedModel({ ...lines, ...MODERATOR }), tools: [searchFor(PASSAGES)] },
        configurable: { thread_id: "t" },
      },
    );
    expect(output).toMatchObject({
      ended: { reason: "agreement" },
      conclusion: expect.stringContaining("Ann"),
    });
  });

  it("goes on behind a conclusion that failed, without another turn", async () => {
    const { ended, models, answer } = await chatted(
      { ...talking(["ann", "bob"], 1), moderator: [fails(OFFLINE), "Done."] },
      { ...TWO, maxRounds: 2 },
    );
    expect(ended).toMatchObject({ status: "failed", error: { code: "MODEL_UNAUTHORIZED" } });
    expect(ended.partial).toBe("## The chat\n\n### ann\n\nann 1.\n\n### bob\n\nbob 1.");
    expect(await answer(true)).toMatchObject({ status: "done", output: { conclusion: "Done." } });
    models.assertDone();
  });
});

it("has not ended while it goes on, on a thread that was used before", async () => {
  const { checkpointer } = openStorage("memory:");
  const { options, chat } = await chatted(
    { ...talking(["ann", "bob"], 1), ...MODERATOR },
    { ...TWO, maxRounds: 2 },
    { checkpointer },
  );
  const models = new ScriptedModel({ ann: [goesOn("A.")] });
  await run(chat.graph, { topic: "Dinner", human: "always" }, { ...options, models });
  const { values } = await chat.workflow
    .compile({ checkpointer })
    .getState({ configurable: { thread_id: "t" } });
  expect(values).toMatchObject({ ended: null, conclusion: "" });
});

describe("the result", () => {
  const { result } = defineGroupChat(TWO);
  const spoken = (who: string, round: number, value: Remark): Turn<Remark> => ({
    who,
    round,
    value,
    status: "ok",
    ms: 1,
    spend: NOTHING_SPENT,
  });
  const turns = [spoken("ann", 1, goesOn("Soup [2].")), spoken("bob", 2, settled("Yes."))];
  const found = PASSAGES.map((each, at) => ({ ...each, id: at + 1 }));

  it("has the conclusion, why the chat ended and for whom nothing is settled, the chat and the sources", () => {
    const ended = { reason: "rounds" as const, text: "2 of 2 rounds are made" };
    expect(result({ conclusion: "Soup [2].", turns, found, ended })).toBe(
      [
        "Soup [2].",
        "*The chat ended: 2 of 2 rounds are made. Not settled for: ann.*",
        "## The chat",
        "### ann\n\nSoup [2].",
        "### bob\n\nYes.",
        "## Sources",
        "- [2] Costs (cost.md)",
      ].join("\n\n"),
    );
  });

  it("lists nobody who is out as one for whom nothing is settled", () => {
    const { result } = defineGroupChat(THREE);
    const out = { who: "ann", round: 3, status: "failed" as const, why: "No.", ms: 1, spend: NOTHING_SPENT };
    const ended = { reason: "agreement" as const, text: "all agree" };
    const text = result({
      conclusion: "Soup.",
      turns: [...turns, spoken("cid", 2, settled("So.")), out],
      ended,
    });
    expect(text).toContain("*The chat ended: all agree.*");
  });

  it("lists everyone where the person spoke last, and whoever has said nothing", () => {
    const { result } = defineGroupChat(THREE);
    const ended = { reason: "stopped" as const, text: "the person ended it" };
    const settledAll = ["ann", "bob"].map((who, at) => spoken(who, at + 1, settled("Yes.")));
    const said = (more: Turn<Remark>[]) =>
      result({ conclusion: "S.", turns: [...settledAll, ...more], ended });
    expect(said([])).toContain("ended it. Not settled for: cid.*");
    expect(said([spoken("person", 2, goesOn("And bread?"))])).toContain("Not settled for: ann, bob, cid.*");
  });

  it("of a chat that goes on has the turns so far, and one that has just ended, but no choice", () => {
    const { round: _, ...finished } = spoken("bob", 2, goesOn("Bread."));
    const chosen = { ...finished, who: "manager", value: { speaker: "ann", reason: "It knows." } };
    expect(result({ turns: turns.slice(0, 1) }, [chosen, finished])).toBe(
      "## The chat\n\n### ann\n\nSoup [2].\n\n### bob\n\nBread.",
    );
    expect(result({})).toBe("");
  });
});

describe("defineGroupChat", () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => role(`s${at}`));
  it.each<[string, GroupChatOptions, string]>([
    ["one speaker", { speakers: [ann] }, "BAD_SPEAKERS"],
    ["eleven speakers", { speakers: many(11) }, "BAD_SPEAKERS"],
    ["two speakers of one name", { speakers: [ann, bob, ann] }, "BAD_SPEAKERS"],
    ["a speaker called as the person is", { speakers: [ann, role("person")] }, "BAD_SPEAKERS"],
    ["a choice that is none", { next: JSON.parse('"random"') }, "BAD_NEXT"],
    ["no round", { maxRounds: 0 }, "BAD_BOUND"],
    ["half a round", { maxRounds: 1.5 }, "BAD_BOUND"],
  ])("refuses %s", (_, options, code) => {
    expect(() => defineGroupChat(options)).toThrow(expect.objectContaining({ code }));
    expect(() => defineGroupChat(options)).toThrow(UsageError);
  });

  it("takes ten speakers", () => {
    expect(() => defineGroupChat({ speakers: many(10) })).not.toThrow();
  });
});
