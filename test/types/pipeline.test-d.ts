import { describe, it } from "vitest";
import { z } from "zod";
import { definePipeline } from "../../graphs/pipeline/graph.ts";
import type { Material, Stage } from "../../graphs/pipeline/stage.ts";

const Facts = z.object({ facts: z.array(z.string()) });
const Table = z.object({ rows: z.array(z.object({ fact: z.string(), rank: z.number() })) });
type Facts = z.infer<typeof Facts>;
type Table = z.infer<typeof Table>;

const role = "writer";
const find: Stage<Material, typeof Facts> = {
  name: "find",
  role,
  gives: "Facts",
  schema: Facts,
  prompt: ({ task, sources }) => `${task} ${sources.length}`,
};
const sort: Stage<Facts, typeof Table> = {
  name: "sort",
  role,
  gives: "Table",
  schema: Table,
  prompt: ({ facts }, { task }) => `${task} ${facts.join(" ")}`,
  check: ({ rows }, { facts }) => (rows.length < facts.length ? "A row is missing." : undefined),
};
const filter: Stage<Table, typeof Table> = {
  name: "filter",
  role,
  gives: "Table",
  schema: Table,
  prompt: ({ rows }) => `${rows.length}`,
};

describe("the stages of a pipeline", () => {
  it("read what the stage before hands over, and the first one the material", () => {
    definePipeline({ stages: [find] });
    definePipeline({ stages: [find, sort, filter, filter] });
    // @ts-expect-error -- sort reads facts, and not the material
    definePipeline({ stages: [sort] });
    // @ts-expect-error -- filter reads a table, and find hands over facts
    definePipeline({ stages: [find, filter] });
    // @ts-expect-error -- sort hands over a table, and not facts
    definePipeline({ stages: [find, sort, sort] });
  });

  it("may be written where they are given, if they say what they read", () => {
    definePipeline({
      stages: [
        find,
        {
          name: "count",
          role,
          gives: "Facts",
          schema: Facts,
          prompt: ({ facts }: Facts) => `${facts.length}`,
        },
      ],
    });
    definePipeline({
      stages: [
        find,
        // @ts-expect-error -- find hands over facts, and no rows
        { name: "count", role, gives: "Facts", schema: Facts, prompt: ({ rows }: Table) => `${rows.length}` },
      ],
    });
  });

  it("of an unknown number each read all that they may get", () => {
    const repeat: Stage<Material | Facts, typeof Facts> = {
      name: "repeat",
      role,
      gives: "Facts",
      schema: Facts,
      prompt: (given) => ("facts" in given ? given.facts.join() : given.task),
    };
    definePipeline({ stages: ["one", "two"].map((name) => ({ ...repeat, name })) });
    definePipeline({ stages: [find, sort, ...["one", "two"].map((name) => ({ ...filter, name }))] });
    // @ts-expect-error -- filter reads a table, and find hands over facts
    definePipeline({ stages: [find, ...["one", "two"].map((name) => ({ ...filter, name }))] });
    // @ts-expect-error -- the second one gets facts, and reads the material
    definePipeline({ stages: ["one", "two"].map((name) => ({ ...find, name })) });
  });

  it("check and show what they hand over themselves", () => {
    const wrong: Stage<Material, typeof Facts> = {
      ...find,
      // @ts-expect-error -- find hands over facts, and no rows
      check: ({ rows }) => (rows ? undefined : "No rows."),
      // @ts-expect-error -- the same
      inWords: ({ rows }) => rows,
    };
    definePipeline({ stages: [wrong] });
  });
});
