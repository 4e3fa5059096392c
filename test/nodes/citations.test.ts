import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  citedIn,
  danglingCitations,
  numberingAfter,
  saysNothing,
  standingAlone,
  underOneNumbering,
  withoutDangling,
  withSources,
} from "../../src/nodes/citations.ts";
import { joined, section } from "../../src/nodes/sections.ts";
import { citationsOf } from "../../src/state/citations.ts";
import type { Source } from "../../src/state/passage.ts";

const passage = (about: string) => ({ title: about, file: `${about}.md`, heading: "", text: about });
const source = (id: number, about: string): Source => ({ id, ...passage(about) });
const keyOf = ({ file, heading, text }: Source) => JSON.stringify([file, heading, text]);

const id = fc.integer({ min: 1, max: 9 });
const words = fc.constantFrom(
  "The log decides",
  "\n\n",
  "See `list[3]` and ```\nconst x = all[4];\n```",
  "a [link](x.md)",
  "[5](y.md)",
  "\n[6]: z.md",
  "- [ ] open",
  "[^2]",
  "as [2]: it says",
);
const text = fc
  .array(
    fc.oneof(
      words,
      fc.array(id, { minLength: 1, maxLength: 3 }).map((ids) => `[${ids.join(", ")}]`),
    ),
  )
  .map((parts) => parts.join(" "));
describe("citations", () => {
  it.each([
    ["One [2], two [1, 3] and [2] again.", [2, 1, 3]],
    ["Glued [1][2].", [1, 2]],
    ["As [1]: the leader decides.", [1]],
    ["In code `x[1]` and\n```\ny[2]\n```\nnot [3].", [3]],
    ["No [1](link.md), no [^1], no [x].\n[2]: https://example.org", []],
  ])("are read from %j", (text, expected) => {
    expect(citationsOf(text)).toEqual(expected);
  });

  it("that point at no source can be taken out, and nothing else changes", () => {
    fc.assert(
      fc.property(text, fc.uniqueArray(id), (text, known) => {
        const left = withoutDangling(
          text,
          known.map((id) => source(id, "a")),
        );
        expect(citationsOf(left)).toEqual(citationsOf(text).filter((id) => known.includes(id)));
        const bare = (text: string) => text.replace(/ ?\[\d+(, \d+)*\](?!\()/g, "");
        expect(bare(left)).toBe(bare(text));
      }),
    );
  });

  it.each([
    ["[7]", "it holds nothing but citations of sources that were not shown"],
    [" [7] [8, 9]\n", "it holds nothing but citations of sources that were not shown"],
    ["Yes [7].", undefined],
    ["[1]", undefined],
  ])("that point at no source say nothing by themselves: %j", (text, fault) => {
    expect(saysNothing(text, [source(1, "a")])).toBe(fault);
  });

  it("that point at no source are objections, each once and by number", () => {
    const objections = danglingCitations("One [1], lost [4], lost [4, 5].", [source(1, "a"), source(2, "b")]);
    expect(objections.map(({ aspect, problem }) => [aspect, problem])).toEqual([
      ["citation", "The citation [4] points at no source."],
      ["citation", "The citation [5] points at no source."],
    ]);
    expect(objections[0]?.change).toContain("1, 2");
    expect(danglingCitations("Lost [1].", [])[0]?.change).toContain("there are none");
  });
});

/** One number for each passage, and one passage for each number. */
function expectOneNumbering(sources: Source[]) {
  const byId = new Map(sources.map((source) => [source.id, keyOf(source)]));
  const byKey = new Map(sources.map((source) => [keyOf(source), source.id]));
  expect(sources.map(({ id }) => byId.get(id))).toEqual(sources.map(keyOf));
  expect(sources.map((source) => byKey.get(keyOf(source)))).toEqual(sources.map(({ id }) => id));
}

const passageOf = (id: number, sources: readonly Source[]) => {
  const source = sources.find((source) => source.id === id);
  return source && keyOf(source);
};

describe("reports that each were written with the earlier ones in view", () => {
  const found = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f", "g"), { maxLength: 5 });

  it("share one numbering, in which no citation changes what it points at", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ text, found }), { maxLength: 4 }), (written) => {
        const reports: { text: string; sources: Source[] }[] = [];
        const meant: (string | undefined)[][] = [];
        for (const { text, found } of written) {
          const { number, shown } = numberingAfter(reports);
          for (const about of found) number(passage(about));
          reports.push({ text, sources: shown });
          const inView = reports.flatMap(({ sources }) => sources);
          meant.push(citationsOf(text).map((id) => passageOf(id, inView)));
        }
        const all = reports.flatMap(({ sources }) => sources);
        expectOneNumbering(all);
        expect(reports.map(({ text }) => citationsOf(text).map((id) => passageOf(id, all)))).toEqual(meant);
      }),
    );
  });

  it("give a passage that is found twice its number again", () => {
    const { number, shown } = numberingAfter([{ text: "One [1], lost [2].", sources: [source(1, "a")] }]);
    expect(["b", "a", "b", "c"].map((about) => number(passage(about)).id)).toEqual([3, 1, 3, 4]);
    expect(shown.map(({ id }) => id)).toEqual([3, 1, 4]);
  });
});

describe("texts that were cited apart", () => {
  const cited = fc.record({
    text,
    sources: fc
      .uniqueArray(fc.tuple(id, fc.constantFrom("a", "b", "c", "d")), { selector: ([number]) => number })
      .map((pairs) => pairs.map(([number, about]) => source(number, about))),
  });
  const passageOf = (number: number, sources: readonly Source[]) =>
    sources.flatMap((each) => (each.id === number ? [keyOf(each)] : []))[0];
  const pointedAt = ({ text, sources }: { text: string; sources: readonly Source[] }) => [
    ...new Set(citationsOf(text).flatMap((number) => passageOf(number, sources) ?? [])),
  ];

  it("come under one numbering, in which each still points at its passages and no two share a number", () => {
    fc.assert(
      fc.property(fc.array(cited, { maxLength: 4 }), (texts) => {
        const together = underOneNumbering(texts);
        expect(together.map(pointedAt)).toEqual(texts.map(pointedAt));
        const all = together.flatMap(({ sources }) => sources);
        expect(new Set(all.map((each) => `${each.id} ${keyOf(each)}`)).size).toBe(
          new Set(all.map(({ id }) => id)).size,
        );
        expect(new Set(all.map(keyOf)).size).toBe(new Set(all.map(({ id }) => id)).size);
        for (const { text, sources } of together) expect(danglingCitations(text, sources)).toEqual([]);
      }),
    );
  });

  it("stand alone with the sources that they cite, numbered as they are cited", () => {
    fc.assert(
      fc.property(cited, (each) => {
        const alone = standingAlone(each);
        expect(pointedAt(alone)).toEqual(pointedAt(each));
        expect(citationsOf(alone.text)).toEqual([...new Set(alone.sources.map(({ id }) => id))]);
        expect(citationsOf(alone.text)).toEqual(pointedAt(each).map((_, at) => at + 1));
      }),
    );
  });
});

describe("the sources that a text cites", () => {
  it("are those of them that it cites, in their own order", () => {
    const sources = [source(1, "a"), source(2, "b"), source(3, "c")];
    expect(citedIn("Three [3], one [1, 7].", sources)).toEqual([sources[0], sources[2]]);
    expect(citedIn("Nothing is cited.", sources)).toEqual([]);
    expect(citedIn(["An open ```fence [1].", "Another ``` [2]."], sources)).toEqual(sources.slice(0, 2));
  });
});

describe("a text of parts", () => {
  it("has those that say something, with a blank line between them", () => {
    expect(joined("One.", "", null, undefined, false, section("Two", " 2.\n"), section("Three", " \n"))).toBe(
      "One.\n\n## Two\n\n2.",
    );
    expect(joined()).toBe("");
  });
});

describe("the list of sources", () => {
  it("has the cited ones alone, each once and by number", () => {
    const sources = [source(2, "b"), source(1, "a"), source(2, "b"), source(3, "c")];
    expect(withSources(" One [2] and [1].\n", sources)).toBe(
      "One [2] and [1].\n\n## Sources\n\n- [1] a (a.md)\n- [2] b (b.md)",
    );
  });

  it("is left out where nothing is cited", () => {
    expect(withSources("Nothing cited.", [source(1, "a")])).toBe("Nothing cited.");
    expect(withSources("", [])).toBe("");
  });
});
