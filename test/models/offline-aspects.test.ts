import { describe, expect, it } from "vitest";
import { block } from "../../src/models/prompt.ts";
import { Verdict } from "../../src/outcomes/verdict.ts";
import { lighthouses, queues } from "./offline-corpora.ts";
import { answered, ask, Notes, researched, sources, task } from "./offline-driver.ts";

const choices = (...aspects: string[]) =>
  block("choices", aspects.map((aspect) => `- ${aspect}: what it is about`).join("\n"));

describe("a review of one aspect", () => {
  const reviewed = async (draft: string, ...aspects: string[]) => {
    const { lines } = await researched(queues);
    const brief = [task(queues.task), block("notes", lines)];
    const verdict = await answered("Verdict", Verdict, ...brief, block("draft", draft), choices(...aspects));
    return verdict.objections.map(({ aspect }) => aspect);
  };
  const UNCITED = "# Queues\n\nWorkers take the oldest task from the queue.";

  it("objects to nothing else", async () => {
    expect(new Set(await reviewed(UNCITED, "citation"))).toEqual(new Set(["citation"]));
    expect(await reviewed(UNCITED, "clarity")).toEqual([]);
  });

  it("finds without an outline what the notes have and a draft has not", async () => {
    const { lines } = await researched(queues);
    const first = await ask("article", task(queues.task), block("notes", lines));
    const found = await reviewed(first, "completeness", "structure");
    expect(new Set(found)).toEqual(new Set(["completeness"]));
    expect(found.length).toBeLessThanOrEqual(3);
  });

  it("says that a draft without material is none, whatever it is about", async () => {
    expect(await reviewed(await ask("article", task("How do ships float?")), "clarity")).toEqual([
      "completeness",
    ]);
  });
});

it("takes other notes from another side, and all of them from the sources", async () => {
  const noted = async (...parts: string[]) =>
    (await answered("Notes", Notes, task(lighthouses.task), ...parts, ...sources(lighthouses))).notes.map(
      ({ claim }) => claim,
    );
  const all = await noted();
  const angled = await noted(block("context", "Friction, mercury, weight.", { perspective: "surroundings" }));
  expect(angled).not.toEqual(all);
  const text = lighthouses.sources.map((each) => each.text.replace(/\s+/g, " ").toLowerCase()).join(" ");
  for (const claim of angled)
    expect(text).toContain(claim.replace(/[.]$/, "").replace(/: .*/, "").toLowerCase());
});
