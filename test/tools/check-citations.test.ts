import { describe, expect, test } from "vitest";
import { citationChecker } from "../../src/tools/check-citations.ts";
import { CitationReport, checkCitations } from "../../src/tools/citation-check.ts";
import { called } from "./call.ts";

const SOURCES = [
  {
    id: 1,
    title: "Raft",
    text:
      "Raft was published in 2014 by Diego Ongaro and John Ousterhout at Stanford. It elects a leader by " +
      "randomised timeouts of 150–300 ms. A cluster of three servers tolerates one failure, and 1,200 were tried.",
  },
  { id: 2, text: "PostgreSQL keeps a write-ahead log. Checkpoints happen every five minutes by default." },
];

const found = (text: string) =>
  checkCitations(text, SOURCES).findings.map(({ kind, sources, missing }) => [kind, sources, missing]);

describe("checking citations", () => {
  test.each([
    ["what the source says", "Raft was published in **2014** by Ongaro and Ousterhout [1]."],
    [
      "a figure in words, or with other marks",
      "Of 3 servers 1 may fail, and 1200 were tried in a cluster [1].",
    ],
    ["one end of a range", "Its timeouts are randomised, up to 300 ms [1]."],
    ["a short form of a name", "Postgres writes a checkpoint to its log every 5 minutes [2]."],
    ["a name of the source's title", "Timeouts elect the leader in Raft [1]."],
    ["two sources that say it together", "Raft elects a leader; PostgreSQL keeps a write-ahead log [1, 2]."],
    ["a citation behind the full stop", "Raft elects a leader by randomised timeouts. [1]"],
    ["a statement without figures and citation", "A leader is a good thing to have."],
    ["a question", "Is it published in 2013?"],
    ["a number that is part of a name", "We hash by SHA-256 and speak HTTP/2 since v3."],
    ["code, and what looks like a citation in it", "```\nretry(17)[9]\n```\n\nIt is `list[7]` that counts."],
    ["the list of sources", "## Sources\n\n- [9] Paxos, 1998 (paxos.md)\n- [1] Raft, 2014"],
  ])("has nothing against %s", (_, text) => {
    expect(found(text)).toEqual([]);
  });

  test.each([
    ["an unknown source", "Raft elects a leader [3].", ["unknown_source", [3], []]],
    ["another's source", "Bananas grow in warm tropical countries [2].", ["little_in_common", [2], []]],
    [
      "a source beside the right one",
      "Raft elects a leader by randomised timeouts [1][2].",
      ["little_in_common", [2], []],
    ],
    ["another figure", "Raft was published in 2013 by Ongaro [1].", ["not_in_source", [1], ["2013"]]],
    ["a fraction for a whole", "Checkpoints happen every 5.5 minutes [2].", ["not_in_source", [2], ["5.5"]]],
    ["another name", "Raft was published at Berkeley by Ongaro [1].", ["not_in_source", [1], ["Berkeley"]]],
    ["another name in capitals", "SQLite keeps a write-ahead log [2].", ["not_in_source", [2], ["SQLite"]]],
    ["a figure without a citation", "It takes 7 ms, or 12 % of all.", ["no_citation", [], ["7", "12"]]],
  ])("finds %s", (_, text, finding) => {
    expect(found(text)).toEqual([finding]);
  });

  test("finds each fault of a statement, with its line and its words", () => {
    const text =
      "# Raft\n\nRaft elects a leader [1].\n\n- Logs grow.\n- It was published in 2013\n  at Stanford by Ongaro [1][8].";
    const { claims, cited, findings } = checkCitations(text, SOURCES);
    expect({ claims, cited }).toEqual({ claims: 3, cited: 2 });
    expect(findings).toEqual([
      {
        kind: "unknown_source",
        line: 6,
        quote: "It was published in 2013 at Stanford by Ongaro [1] [8].",
        sources: [8],
        missing: [],
      },
      expect.objectContaining({ kind: "not_in_source", line: 6, sources: [1], missing: ["2013"] }),
    ]);
  });

  test("knows no meaning: it finds no fault with a statement that turns its source round", () => {
    expect(found("Raft was not published in 2014 by Ongaro [1].")).toEqual([]);
  });

  test("without sources takes every citation for unknown", () => {
    expect(checkCitations("Raft elects a leader [1].", []).findings).toMatchObject([
      { kind: "unknown_source" },
    ]);
  });

  test("gives a bounded number of findings, and says how many more there are", () => {
    const { findings, omitted } = checkCitations("It takes 7 days. ".repeat(60), SOURCES);
    expect({ found: findings.length, omitted }).toEqual({ found: 50, omitted: 10 });
  });
});

describe("the tool check_citations", () => {
  test("says what is not supported and what to do, and gives programs a report", async () => {
    const text =
      "Raft was published in 2013 by Ongaro [1]. It is liked [4]. Bananas are liked by all monkeys [2]. It took 9 days.";
    const { text: said, artifact } = await called(citationChecker(), { text, sources: SOURCES });
    expect(said.split("\n")).toEqual([
      "4 statements, 3 of them with a citation.",
      "By their words, these are not supported:",
      expect.stringMatching(/^- line 1, "Raft was published .*": \[1\] does not hold 2013\. Correct it/),
      expect.stringMatching(/"It is liked \[4\]\.": there is no source \[4\]\./),
      expect.stringMatching(/: \[2\] has little in common with it\. Cite/),
      expect.stringMatching(/"It took 9 days\.": it gives 9 without a citation\./),
    ]);
    expect(CitationReport.parse(artifact).findings).toHaveLength(4);
  });

  test("does not say that a text is true where it finds nothing", async () => {
    const { text } = await called(citationChecker(), { text: "Raft elects a leader [1].", sources: SOURCES });
    expect(text).toMatch(/Whether it is true, words cannot tell\.$/);
  });
});
