import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { strictSchema, withoutNulls } from "../../src/models/strict-schema.ts";
import { strictFaults } from "../endpoint/server.ts";

const NULL = { type: "null" };

/** The strict schema of one field. */
function fieldOf(field: z.ZodType) {
  const schema = strictSchema(z.object({ field }));
  expect(strictFaults(schema)).toEqual([]);
  return (schema["properties"] as { field: unknown }).field;
}

describe("a strict schema", () => {
  it("requires every property, and takes null for one that may be absent", () => {
    expect(strictSchema(z.object({ a: z.string(), b: z.number().optional() }))).toEqual({
      type: "object",
      properties: { a: { type: "string" }, b: { anyOf: [{ type: "number" }, NULL] } },
      required: ["a", "b"],
      additionalProperties: false,
    });
  });

  it("takes null for a property with a default", () => {
    expect(fieldOf(z.string().default("x"))).toEqual({ anyOf: [{ type: "string" }, NULL] });
  });

  it("names null once where a property may be null and absent", () => {
    const nullish = z.enum(["a", "b"]).nullish();
    expect(fieldOf(nullish)).toEqual({ anyOf: [{ type: "string", enum: ["a", "b"] }, NULL] });
    expect(fieldOf(z.null().optional())).toEqual(NULL);
  });

  it("writes unions as anyOf, discriminated ones too, and keeps their descriptions where they may be absent", () => {
    const one = z.object({ kind: z.literal("one"), x: z.string() });
    const two = z.object({ kind: z.literal("two") });
    const union = z.discriminatedUnion("kind", [one, two]).describe("Which.");
    const alternatives = [one, two].map((each) => strictSchema(each));
    expect(fieldOf(union)).toEqual({ description: "Which.", anyOf: alternatives });
    expect(fieldOf(union.optional())).toEqual({ description: "Which.", anyOf: [...alternatives, NULL] });
  });

  it("keeps the options of an enum, and gives options of several types their types", () => {
    expect(fieldOf(z.enum(["a", "b"]))).toEqual({ type: "string", enum: ["a", "b"] });
    expect(fieldOf(z.literal(["a", 1, null]))).toEqual({
      type: ["string", "number", "null"],
      enum: ["a", 1, null],
    });
  });

  it("makes the objects in nested arrays strict", () => {
    const inner = z.object({ x: z.string().optional() });
    expect(fieldOf(z.array(z.array(inner)))).toEqual({
      type: "array",
      items: { type: "array", items: strictSchema(inner) },
    });
  });

  it("says limits in the description, and not that an integer is a safe one", () => {
    expect(fieldOf(z.number().min(0).max(1).describe("How sure."))).toEqual({
      type: "number",
      description: "How sure. (at least 0, at most 1)",
    });
    expect(fieldOf(z.string().min(1))).toEqual({ type: "string", description: "(not empty)" });
    expect(fieldOf(z.number().int())).toEqual({ type: "integer" });
    expect(fieldOf(z.number().multipleOf(5))).toEqual({ type: "number", description: "(a multiple of 5)" });
    expect(fieldOf(z.array(z.string()).max(6))).toMatchObject({ description: "(at most 6 items)" });
    expect(fieldOf(z.string().regex(/^a+$/))).toMatchObject({ description: "(matching ^a+$)" });
    expect(fieldOf(z.email())).toEqual({ type: "string", description: "(a email)" });
  });

  it("leaves refinements to the validation of what comes back", () => {
    const refined = z.object({ a: z.string() }).refine(({ a }) => a === "x");
    expect(strictSchema(refined)).toEqual(strictSchema(z.object({ a: z.string() })));
  });

  type Tree = { child?: Tree | undefined };
  const tree: z.ZodType<Tree> = z.object({
    get child() {
      return tree.optional();
    },
  });
  const UNSUPPORTED: Record<string, z.ZodType> = {
    "a record": z.record(z.string(), z.number()),
    "an object with other properties": z.looseObject({ a: z.string() }),
    "a tuple": z.tuple([z.string(), z.number()]),
    "an intersection": z.intersection(z.string(), z.string().min(1)),
    recursion: tree,
    "any JSON": z.json(),
    "a value of any type": z.unknown(),
    "a list of anything": z.array(z.any()),
    "a value of no type": z.never(),
    "a date": z.date(),
    "a big integer": z.bigint(),
    "a set": z.set(z.string()),
    "a check without a type": z.custom<string>(() => true),
  };
  it.each(Object.entries(UNSUPPORTED))("refuses %s by an error that says so", (_, field) => {
    expect(() => strictSchema(z.object({ field }))).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED_SCHEMA",
        message: expect.stringMatching(/^Strict structured output cannot express .+[.]$/),
      }),
    );
  });

  it("refuses an object that holds itself at the root", () => {
    const Root: z.ZodObject = z.object({
      get self() {
        return Root.optional();
      },
    });
    expect(() => strictSchema(Root)).toThrow("refers to itself");
  });
});

describe("an answer by a strict schema", () => {
  it("keeps a null that the full schema allows beside one that stands for an absent field", () => {
    const schema = z.object({ a: z.string().nullable(), b: z.string().optional() });
    expect(withoutNulls({ a: null, b: null }, schema)).toEqual({ a: null });
  });

  it("is read through lists, unions, defaults and nested objects", () => {
    const option = z.object({ kind: z.literal("one"), x: z.string().optional(), y: z.null() });
    const schema = z.object({
      list: z.array(z.union([z.string(), option])),
      nested: z.object({ n: z.number().default(3) }).nullable(),
    });
    const answer = { list: ["a", { kind: "one", x: null, y: null }], nested: { n: null } };
    expect(schema.parse(withoutNulls(answer, schema))).toEqual({
      list: ["a", { kind: "one", y: null }],
      nested: { n: 3 },
    });
  });

  it("is left alone where it is not what the schema says", () => {
    const schema = z.object({ a: z.string().optional(), b: z.array(z.string()) });
    for (const value of [null, "text", [1], { b: "no list", c: null }, { a: 1, b: null }]) {
      expect(withoutNulls(value, schema)).toEqual(value);
    }
  });
});

/** A schema, and values of it: as they are, and as a strict endpoint writes them. */
interface Kind {
  schema: z.ZodType;
  pair: fc.Arbitrary<{ value: unknown; answer: unknown }>;
}

const same = (values: fc.Arbitrary<unknown>) => values.map((value) => ({ value, answer: value }));
const name = fc.stringMatching(/^[a-z][a-z_]{0,7}$/);
const scalar: fc.Arbitrary<Kind> = fc.oneof(
  fc.constant({ schema: z.string(), pair: same(fc.string()) }),
  fc.constant({
    schema: z.string().min(1).max(5),
    pair: same(fc.string({ minLength: 1, maxLength: 5, unit: "grapheme-ascii" })),
  }),
  fc.constant({ schema: z.int().min(-9).max(9), pair: same(fc.integer({ min: -9, max: 9 })) }),
  fc.constant({ schema: z.boolean(), pair: same(fc.boolean()) }),
  fc.constant({ schema: z.null(), pair: same(fc.constant(null)) }),
  fc
    .uniqueArray(name, { minLength: 1, maxLength: 4 })
    .map((options) => ({ schema: z.enum(options), pair: same(fc.constantFrom(...options)) })),
  name.map((text) => ({ schema: z.literal(text), pair: same(fc.constant(text)) })),
  fc.constant({ schema: z.literal(["a", 1]), pair: same(fc.constantFrom("a", 1)) }),
);

const listOf = ({ schema, pair }: Kind): Kind => ({
  schema: z.array(schema).max(3),
  pair: fc.array(pair, { maxLength: 3 }).map((pairs) => ({
    value: pairs.map(({ value }) => value),
    answer: pairs.map(({ answer }) => answer),
  })),
});

const nullableOf = ({ schema, pair }: Kind): Kind => ({
  schema: schema.nullable().describe("Or nothing."),
  pair: fc.oneof(pair, same(fc.constant(null))),
});

/** Fields, each of them required or not; one that may be absent holds no null of its own. */
function objectOf(fields: [string, Kind, boolean][]) {
  const optional = (kind: Kind, absent: boolean) => absent && !kind.schema.safeParse(null).success;
  const shape = fields.map(([key, kind, absent]) => [
    key,
    optional(kind, absent) ? kind.schema.optional() : kind.schema,
  ]);
  const pairs = fields.map(([key, kind, absent]) => {
    const present = kind.pair.map((pair) => ({ key, ...pair, absent: false }));
    const missing = fc.constant({ key, value: undefined, answer: null, absent: true });
    return optional(kind, absent) ? fc.oneof(present, missing) : present;
  });
  return {
    schema: z.object(Object.fromEntries(shape) as Record<string, z.ZodType>),
    pair: fc.tuple(...pairs).map((entries) => ({
      value: Object.fromEntries(
        entries.filter(({ absent }) => !absent).map(({ key, value }) => [key, value]),
      ) as unknown,
      answer: Object.fromEntries(entries.map(({ key, answer }) => [key, answer])) as unknown,
    })),
  };
}

const fieldsOf = (kind: fc.Arbitrary<Kind>) =>
  fc.uniqueArray(fc.tuple(name, kind, fc.boolean()), { maxLength: 4, selector: ([key]) => key });

const { kind } = fc.letrec<{ kind: Kind }>((tie) => ({
  kind: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    tie("kind").map(listOf),
    tie("kind").map(nullableOf),
    fieldsOf(tie("kind")).map(objectOf),
    fc.tuple(fieldsOf(tie("kind")), fieldsOf(tie("kind"))).map(([one, two]) => {
      const options = [one, two].map((fields, i) => {
        const tag = `option ${i}`;
        const kind: Kind = { schema: z.literal(tag), pair: same(fc.constant(tag)) };
        return objectOf([...fields, ["TAG", kind, false]]);
      });
      const [first, second] = options.map(({ schema }) => schema as z.ZodObject<{ TAG: z.ZodLiteral }>);
      const union = first && second ? z.discriminatedUnion("TAG", [first, second]) : z.never();
      return { schema: union.describe("Either."), pair: fc.oneof(...options.map(({ pair }) => pair)) };
    }),
  ),
}));
const root = fieldsOf(kind).map(objectOf);

describe("any object of the supported kinds", () => {
  it("gets a schema that a strict endpoint takes", () => {
    fc.assert(
      fc.property(root, ({ schema }) => {
        expect(strictFaults(strictSchema(schema))).toEqual([]);
      }),
    );
  });

  it("is read back from a strict endpoint's answer as it is", () => {
    const cases = root.chain(({ schema, pair }) => fc.tuple(fc.constant(schema), pair));
    fc.assert(
      fc.property(cases, ([schema, { value, answer }]) => {
        expect(schema.parse(withoutNulls(answer, schema))).toEqual(schema.parse(value));
      }),
    );
  });
});
