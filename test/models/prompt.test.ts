import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BlockName,
  beforeSources,
  block,
  blocksOf,
  choices,
  instructions,
  prompt,
  sourceBlock,
  sourceBlocks,
} from "../../src/models/prompt.ts";

const name = fc.constantFrom<BlockName>("task", "source", "draft", "report", "instructions");
/** Material as prompts meet it: words between tags of all kinds, defused ones as well. */
const material = fc
  .array(
    fc.oneof(
      fc.string(),
      fc.constantFrom("<", "</", ">", "\\", "<\\", "\n", '"', "$1", "$&", "<tasks>", "<Task>", "<task-x>"),
      fc
        .tuple(
          fc.constantFrom("<", "</", "<\\", "<\\/", "<\\\\", "<\\\\/"),
          name,
          fc.constantFrom(">", "\n", ""),
        )
        .map((parts) => parts.join("")),
    ),
  )
  .map((parts) => parts.join(""));

describe("a block", () => {
  it("gives back any text, also one that holds tags or defused tags", () => {
    fc.assert(
      fc.property(name, material, (name, text) => {
        expect(blocksOf(block(name, text))).toEqual([{ name, attributes: {}, text }]);
      }),
    );
  });

  it("stays apart from the blocks around it, whatever each holds", () => {
    const blocks = fc.array(fc.record({ name, text: material }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(blocks, (blocks) => {
        const written = prompt("Read this.", ...blocks.map(({ name, text }) => block(name, text)), "Answer.");
        expect(blocksOf(written).map(({ name, text }) => ({ name, text }))).toEqual(blocks);
      }),
    );
  });

  it("keeps its attributes readable, and on one line", () => {
    const title = 'The "CAP"\ntheorem <task>';
    expect(blocksOf(block("source", "text", { id: 7, title }))).toEqual([
      { name: "source", attributes: { id: "7", title: "The 'CAP' theorem <task>" }, text: "text" },
    ]);
    fc.assert(
      fc.property(material, (title) => {
        expect(blocksOf(block("source", "text", { title })).map(({ text }) => text)).toEqual(["text"]);
      }),
    );
  });
});

it("leaves out the empty parts of a prompt, and closes with the form of the answer", () => {
  const written = prompt("You write.", false, "", undefined, instructions("outline", "Answer with a list."));
  expect(written).toBe('You write.\n\n<instructions form="outline">\nAnswer with a list.\n</instructions>');
});

it("of a source can be cited by its number and read by its path; what stands before is known apart", () => {
  const source = { id: 7, title: "Raft", file: "raft.md", heading: "", text: "A <source> decides." };
  const written = sourceBlock(source);
  const attributes = { id: "7", title: "Raft", file: "raft.md" };
  expect(blocksOf(written)).toEqual([{ name: "source", attributes, text: source.text }]);
  expect(beforeSources(prompt("Part 2 of 7.", written, written))).toBe("Part 2 of 7.");
  expect(beforeSources("found")).toBe("");
});

it("of sources without a file is for one who cannot open it", () => {
  const source = { id: 7, title: "Raft", file: "raft.md", heading: "", text: "A leader decides." };
  const attributes = { id: "7", title: "Raft" };
  expect(sourceBlocks([source]).flatMap(blocksOf)).toEqual([
    { name: "source", attributes, text: source.text },
  ]);
});

it("of choices has each on a line with what it is for", () => {
  expect(blocksOf(choices({ left: "to the left", right: "to the right" }))).toEqual([
    { name: "choices", attributes: {}, text: "- left: to the left\n- right: to the right" },
  ]);
});
