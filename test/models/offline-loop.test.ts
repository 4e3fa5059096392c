import { describe, expect, it } from "vitest";
import { citationsIn, splitSentences, withoutCitations } from "../../src/models/offline/sentences.ts";
import { block } from "../../src/models/prompt.ts";
import { Verdict } from "../../src/outcomes/verdict.ts";
import { corpora, lighthouses, queues, sourdough } from "./offline-corpora.ts";
import {
  answered,
  ask,
  Notes,
  objectionLines,
  researched,
  reviewed,
  sources,
  task,
} from "./offline-driver.ts";

const bodyOf = (draft: string) => draft.split(/\n\n/).filter((part) => !part.startsWith("#"));

describe.each(corpora)("the loop on: $task", (corpus) => {
  it("objects to the first draft, and approves the revision that meets the objections", async () => {
    const { brief } = await researched(corpus);
    const first = await ask("article", ...brief);
    const { verdicts, draft } = await reviewed(brief, first);
    expect(verdicts[0]?.approved).toBe(false);
    expect(verdicts[0]?.objections.length).toBeLessThanOrEqual(3);
    expect(verdicts[0]?.objections.every(({ aspect }) => aspect === "completeness")).toBe(true);
    expect(verdicts.length).toBeGreaterThanOrEqual(2);
    expect(verdicts.length).toBeLessThanOrEqual(3);
    expect(verdicts.at(-1)).toEqual({ approved: true, objections: [] });
    expect(draft.length).toBeGreaterThan(first.length);
  });

  it("writes nothing but sentences of the notes, each with the citation of its note", async () => {
    const { brief, notes } = await researched(corpus);
    const { draft } = await reviewed(brief, await ask("article", ...brief));
    for (const sentence of bodyOf(draft).flatMap(splitSentences)) {
      const said = withoutCitations(sentence).replace(/\.$/, "");
      const note = notes.find(({ claim }) => claim.replace(/\.$/, "") === said);
      expect(note, sentence).toMatchObject({ source: citationsIn(sentence)[0] });
    }
  });

  it("takes its notes from the sources, and says nothing twice", async () => {
    const { notes } = await researched(corpus);
    expect(notes.length).toBeGreaterThanOrEqual(6);
    expect(notes.length).toBeLessThanOrEqual(16);
    for (const { claim, source } of notes) {
      const text = corpus.sources[source - 1]?.text.replace(/\s+/g, " ") ?? "";
      expect(text.toLowerCase()).toContain(claim.replace(/\.$/, "").replace(/: .*/, "").toLowerCase());
    }
    expect(new Set(notes.map(({ claim }) => claim)).size).toBe(notes.length);
    expect(new Set(notes.map(({ source }) => source)).size).toBeGreaterThanOrEqual(3);
  });

  it("outlines in two to five sections of one to five points", async () => {
    const { outline } = await researched(corpus);
    const [title, ...sections] = outline.split(/\n\n(?=## )/);
    expect(title).toMatch(/^# \p{Lu}/u);
    expect(sections.length).toBeGreaterThanOrEqual(2);
    expect(sections.length).toBeLessThanOrEqual(5);
    for (const section of sections) {
      expect(section).toMatch(/^## \S[^\n]{3,70}\n\n(?:- [^\n]+\n?){1,5}$/);
    }
    const headings = sections.map((section) => section.split("\n")[0]);
    expect(new Set(headings).size).toBe(headings.length);
  });
});

describe("an article", () => {
  it("leads with what answers the task, and leaves code, questions and leaning sentences out", async () => {
    const { brief } = await researched(lighthouses);
    const { draft } = await reviewed(brief, await ask("article", ...brief));
    expect(bodyOf(draft)[0]).toContain("A lighthouse lens is built of rings of glass");
    expect(draft).not.toMatch(/```|--rings|Does a stronger lamp|For this reason/);
    expect(draft).not.toContain("potatoes");
  });

  it("takes its section headings from the sources where those are given with the notes", async () => {
    const { brief } = await researched(queues);
    const outline = await ask("outline", ...brief.slice(0, 2), ...sources(queues));
    expect(outline).toContain("## Leases");
    expect(outline).toContain("## Shutdown");
  });

  it("never cites a number that the notes do not have", async () => {
    const { brief, notes } = await researched(sourdough);
    const known = new Set(notes.map(({ source }) => source));
    for (const number of citationsIn(await ask("article", ...brief))) expect(known).toContain(number);
  });
});

describe("a review", () => {
  const review = (brief: string[], draft: string) =>
    answered("Verdict", Verdict, ...brief, block("draft", draft));
  const approved = async () => {
    const { brief } = await researched(queues);
    const { draft } = await reviewed(brief, await ask("article", ...brief));
    return { brief, draft };
  };

  it("objects to a citation of a number that no note has, and the revision cites the note that says it", async () => {
    const { brief, draft } = await approved();
    const broken = draft.replace("[1]", "[9]");
    const verdict = await review(brief, broken);
    expect(verdict.objections).toMatchObject([
      { aspect: "citation", problem: expect.stringContaining("[9]") },
    ]);
    expect((await reviewed(brief, broken)).draft).toBe(draft);
  });

  it("objects to a citation of a note that says something else", async () => {
    const { brief, draft } = await approved();
    const broken = draft.replace(
      "moves a job to the list of dead jobs [2]",
      "moves a job to the list of dead jobs [3]",
    );
    expect(broken).not.toBe(draft);
    const verdict = await review(brief, broken);
    expect(verdict.objections).toMatchObject([
      { aspect: "accuracy", change: expect.stringContaining("[2]") },
    ]);
    expect((await reviewed(brief, broken)).draft).toBe(draft);
  });

  it("objects to a claim without a citation, and the revision takes out what no note says", async () => {
    const { brief, draft } = await approved();
    const invented = "Every large company has used this design since the nineties.";
    const verdict = await review(brief, `${draft} ${invented}`);
    expect(verdict.objections).toMatchObject([
      { aspect: "citation", change: expect.stringContaining("no note says it") },
    ]);
    expect((await reviewed(brief, `${draft} ${invented}`)).draft).toBe(draft);
  });

  it("objects to a missing point by its name, and the revision adds it under its section", async () => {
    const { brief, draft } = await approved();
    const sentence = /[^.\n]*dead jobs \[2\]\. ?/.exec(draft)?.[0] ?? "none";
    const verdict = await review(brief, draft.replace(sentence, ""));
    expect(verdict.objections).toMatchObject([
      { aspect: "completeness", problem: expect.stringContaining("dead jobs") },
    ]);
    const mended = await reviewed(brief, draft.replace(sentence, ""));
    expect(mended.verdicts).toHaveLength(2);
    expect(mended.draft).toContain(sentence.trim());
  });

  it("objects to a missing section, and the revision writes it in its place", async () => {
    const { brief, draft } = await approved();
    const [, heading = ""] = [...draft.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
    const cut = draft.replace(new RegExp(`## ${heading}\n\n[\\s\\S]*?(?=\n\n## |$)`), "");
    const verdict = await review(brief, cut);
    expect(verdict.objections[0]).toMatchObject({
      aspect: "structure",
      problem: expect.stringContaining(heading),
    });
    const mended = await reviewed(brief, cut);
    expect(mended.verdicts.at(-1)?.approved).toBe(true);
    expect([...mended.draft.matchAll(/^## .+$/gm)].map(String)).toEqual(
      [...draft.matchAll(/^## .+$/gm)].map(String),
    );
  });

  it("objects to a paragraph that is too long, and the revision divides it", async () => {
    const { brief, draft } = await approved();
    const long = [
      bodyOf(draft)[0],
      ...Array(12).fill("The queue delivers every job at least once, never exactly once [2]."),
    ].join(" ");
    const broken = draft.replace(bodyOf(draft)[0] ?? "", long);
    const verdict = await review(brief, broken);
    expect(verdict.objections.map(({ aspect }) => aspect)).toContain("clarity");
    expect((await reviewed(brief, broken)).verdicts.at(-1)?.approved).toBe(true);
  });

  it("does not approve without a draft, nor a draft that only says that there is no material", async () => {
    const { brief } = await researched(queues);
    expect(await answered("Verdict", Verdict, ...brief)).toMatchObject({
      approved: false,
      objections: [{ aspect: "completeness", problem: "There is no draft to review." }],
    });
    const empty = await ask("article", task("Explain glaciers"));
    expect(await review([task("Explain glaciers")], empty)).toMatchObject({
      approved: false,
      objections: [{ aspect: "completeness" }],
    });
  });

  it("names at most six objections, faults of sourcing first", async () => {
    const { brief } = await researched(queues);
    const draft =
      "# Title\n\nMonkeys eat bananas in the tall trees [1]. Rivers carry sand into the wide sea.";
    const verdict = await review(brief, draft);
    expect(verdict.objections.length).toBeLessThanOrEqual(6);
    expect(verdict.objections.slice(0, 2).map(({ aspect }) => aspect)).toEqual(["accuracy", "citation"]);
  });
});

describe("a revision", () => {
  it("leaves a draft without objections as it is, code and tables included", async () => {
    const draft =
      "# Title\n\nOne claim [1].\n\n```ts\nconst a = 1;\n\nconst b = 2;\n```\n\n| a | b |\n| - | - |\n| 1 | 2 |";
    const { brief } = await researched(queues);
    expect(await ask("revision", ...brief, block("draft", draft))).toBe(draft);
  });

  it("meets an objection in a human's words from the notes, and one that no note answers not at all", async () => {
    const { brief } = await researched(queues);
    const draft =
      "# Queue\n\n## Leases\n\nA worker takes a job from the queue by a lease, which it has to renew every ten seconds [1].";
    const mended = await ask(
      "revision",
      ...brief,
      block("draft", draft),
      block(
        "objections",
        "- [completeness] Nothing on dead jobs and their last attempt → Say what happens to them.",
      ),
    );
    expect(mended).toMatch(/dead job[^.]*\[2\]/);
    expect(mended.startsWith(draft.slice(0, -1))).toBe(true);
    expect(
      await ask(
        "revision",
        ...brief,
        block("draft", draft),
        block("objections", "- [completeness] Penguins → Add penguins."),
      ),
    ).toBe(draft);
  });

  it("reads the objections that a review wrote", () => {
    expect(
      objectionLines({ approved: false, objections: [{ aspect: "clarity", problem: "p", change: "c" }] }),
    ).toBe("- [clarity] p → c");
  });
});

describe("research", () => {
  it("gives no notes on an irrelevant corpus", async () => {
    const unrelated = [
      "Explain the CAP theorem",
      "Who won the chess championship?",
      "How do penguins keep warm in winter?",
    ];
    for (const asked of unrelated) {
      expect((await answered("Notes", Notes, task(asked), ...corpora.flatMap(sources))).notes, asked).toEqual(
        [],
      );
    }
  });

  it("does not take a task for a topic because a passage quotes it", async () => {
    const quoting = {
      task: "",
      sources: [
        {
          title: "usage.md › Usage",
          text: 'Run `npm start "Explain the CAP theorem"` to begin. A task such as "the CAP theorem" is given in quotation marks.',
        },
      ],
    };
    expect(
      (await answered("Notes", Notes, task("Explain the CAP theorem"), ...sources(quoting))).notes,
    ).toEqual([]);
  });
});
