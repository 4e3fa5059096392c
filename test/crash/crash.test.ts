import { describe, expect, it } from "vitest";
import { reviewLoop, router, supervisor } from "../../graphs/index.ts";
import type { AnyGraph } from "../../src/runtime/graph.ts";
import { POSTGRES } from "../storage/databases.ts";
import { type Kill, remainsOf, type StorageKind } from "./kill-and-resume.ts";

const before = (n: number): Kill => ({ n, when: "before" });
const after = (n: number): Kill => ({ n, when: "after" });

/** The requests of a run that is not interrupted, and where it is killed: at the first, at one in the middle, at the last. */
const WORKFLOWS = [
  { graph: reviewLoop, requests: 6, kills: [before(0), after(3), before(5)] },
  { graph: supervisor, requests: 12, kills: [after(0), before(6), after(11)] },
  { graph: router, requests: 3, kills: [before(0), after(1), after(2)] },
];

describe.each(WORKFLOWS)("$graph.name, killed and resumed by a new process", ({ graph, requests, kills }) => {
  it("ends as if nothing had happened, and pays at most the call in flight again", () =>
    expectSameEnd(graph, "sqlite", requests, kills));

  it.skipIf(!POSTGRES)("does so on Postgres, killed in the middle", () =>
    expectSameEnd(graph, "postgres", requests, kills.slice(1, 2)),
  );
});

async function expectSameEnd(graph: AnyGraph, kind: StorageKind, requests: number, kills: Kill[]) {
  const [first, ...others] = kills;
  const [whole, afterFirst] = await Promise.all([remainsOf(graph, kind), remainsOf(graph, kind, first)]);
  const resumed = [afterFirst, ...(await Promise.all(others.map((kill) => remainsOf(graph, kind, kill))))];
  expect(whole).toMatchObject({ status: "done", requests });
  expect(JSON.stringify(whole.printed)).toContain("logs.md");
  for (const [i, { requests: paid, ...remains }] of resumed.entries()) {
    const kill = kills[i];
    expect({ kill, ...remains, requests }).toEqual({ kill, ...whole });
    expect(kill?.when === "before" ? [requests + 1] : [requests, requests + 1]).toContain(paid);
  }
}
