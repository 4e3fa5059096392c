import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Grant, permissionFor } from "../../src/security/permissions.ts";

type Rule = Grant["allow"][string];

const granted = (...grants: Partial<Grant>[]) =>
  grants.map((grant) => Grant.parse({ tool: "use", ...grant }));

const decision = (grants: readonly Grant[], args: unknown, tool = "use") =>
  permissionFor(grants, { tool, args }).decision;

/** Whether a rule lets a value through. */
const lets = (rule: Rule, value: unknown) =>
  decision(granted({ allow: { it: rule } }), { it: value }) === "allowed";

const NO_TEXTS = [undefined, null, 7, true, Number.NaN, {}, ["notes/a.md"], ["https://example.org/"]];

describe("what no grant names", () => {
  it.each([[[]], [granted({ tool: "other" })], [granted({ tool: "Use" }, { tool: "use " })]])(
    "is denied: %j",
    (grants) => {
      expect(permissionFor(grants, { tool: "use", args: {} })).toEqual({
        decision: "denied",
        reason: "You may not call use.",
      });
    },
  );

  it.each(["__proto__", "constructor", "toString", ""])("is denied by the name %j too", (tool) => {
    expect(decision(granted({}), {}, tool)).toBe("denied");
  });

  it("is allowed where a grant without rules names it, whatever the arguments are", () => {
    for (const args of [undefined, null, "text", 7, [], {}, { any: 1 }]) {
      expect(decision(granted({}), args)).toBe("allowed");
    }
  });
});

describe("a rule on hosts", () => {
  it.each([
    ["example.org", "https://example.org"],
    ["example.org", "https://example.org/a/b?c#d"],
    ["example.org", "HTTPS://EXAMPLE.ORG:8443/"],
    ["Example.ORG", "https://example.org/"],
    ["example.org", "https://evil.org@example.org/"],
    ["example.org", "https://example.org/a b"],
    ["*.example.org", "https://docs.example.org/"],
    ["*.example.org", "https://a.b.example.org/"],
    ["127.0.0.1", "http://127.1/"],
    ["[::1]", "http://[0:0::1]/"],
  ])("%s lets %s through", (host, url) => {
    expect(lets({ hosts: [host] }, url)).toBe(true);
  });

  it.each([
    ["example.org", "https://example.org.evil.org/"],
    ["example.org", "https://docs.example.org/"],
    ["example.org", "https://evil.org/https://example.org/"],
    ["example.org", "https://evil.org?example.org"],
    ["example.org", "https://evil.org#example.org"],
    ["example.org", "https://example.org@evil.org/"],
    ["example.org", "https://example.org:443@evil.org/"],
    ["example.org", "https://evil.org\\@example.org/"],
    ["example.org", "https://example.org\\@evil.org/"],
    ["example.org", "https://example\t.org/"],
    ["example.org", "https://example.org/\n"],
    ["example.org", "https://example .org/"],
    ["example.org", "https://example.org/\0"],
    ["example.org", "https://example.org./"],
    ["example.org", "example.org"],
    ["example.org", "//example.org/"],
    ["example.org", ""],
    ["*.example.org", "https://example.org/"],
    ["*.example.org", "https://evilexample.org/"],
    ["*.example.org", "https://docs.example.org.evil.org/"],
    ["*", "https://example.org/"],
    ["example.org", "https://ехample.org/"],
  ])("%s does not let %j through", (host, url) => {
    expect(lets({ hosts: [host] }, url)).toBe(false);
  });

  it("lets what fits one of several hosts through, and nothing where there is none", () => {
    expect(lets({ hosts: ["a.org", "b.org"] }, "https://b.org/")).toBe(true);
    expect(lets({ hosts: [] }, "https://b.org/")).toBe(false);
    for (const value of NO_TEXTS) expect(lets({ hosts: ["example.org"] }, value)).toBe(false);
  });
});

describe("a rule on folders", () => {
  it.each([
    ["notes", "notes"],
    ["notes", "notes/a.md"],
    ["notes", "./notes//b/../a.md"],
    ["notes", "drafts/../notes/a.md"],
    ["notes/", "notes/a.md"],
    ["./notes", "notes/..a/b"],
    ["notes/old", "notes/old/a.md"],
    [".", "a.md"],
    [".", "..a"],
    [".", "notes/a b.md"],
    ["..", "../a.md"],
  ])("%s lets %s through", (folder, file) => {
    expect(lets({ folders: [folder] }, file)).toBe(true);
  });

  /** The folder that the tests run in; to a tool it may be any other one. */
  const here = process.cwd().split("/").filter(Boolean);

  it.each([
    ["notes", ".."],
    ["notes", "../notes/a.md"],
    ["notes", "notes/../a.md"],
    ["notes", "notes/../../notes/a.md"],
    ["notes", "notes/a/../../../etc/passwd"],
    ["notes", "notesandmore/a.md"],
    ["notes", "Notes/a.md"],
    ["notes", "."],
    ["notes", ""],
    ["notes/old", "notes/a.md"],
    [".", ".."],
    [".", "../a.md"],
    [".", "/etc/passwd"],
    ["/etc", "/etc/passwd"],
    ["/etc", "etc/passwd"],
    ["/", "etc/passwd"],
    ["..", "../../a.md"],
    [".", "notes\\a.md"],
    [".", "..\\a.md"],
    [".", "C:/a.md"],
    [".", "c:a.md"],
    [".", "notes/a.md\0.png"],
    [".", `../${here.at(-1)}/a.md`],
    ["notes", `../${here.at(-1)}/notes/a.md`],
    ["notes", `${"../".repeat(here.length)}${here.join("/")}/notes/a.md`],
  ])("%s does not let %j through", (folder, file) => {
    expect(lets({ folders: [folder] }, file)).toBe(false);
  });

  it("lets what lies in one of several folders through, and nothing where there is none", () => {
    expect(lets({ folders: ["notes", "drafts"] }, "drafts/a.md")).toBe(true);
    expect(lets({ folders: [] }, "drafts/a.md")).toBe(false);
    for (const value of NO_TEXTS) expect(lets({ folders: ["."] }, value)).toBe(false);
  });
});

describe("a rule on tables", () => {
  it.each([
    ["SELECT * FROM orders", true],
    ["SELECT 1", true],
    ["SELECT * FROM orders JOIN customers USING (id)", false],
    ["SELECT * FROM (SELECT * FROM secrets) AS orders", false],
    ["SELECT * FROM orders; DROP TABLE orders", false],
    ["DELETE FROM orders", false],
    ["SELECT * FROM orders -- and so on", false],
    ["not a statement", false],
    ["", false],
  ])("%j: %s", (sql, fits) => {
    expect(lets({ tables: ["orders"] }, sql)).toBe(fits);
  });

  it("says which table it is, and lets through nothing but texts", () => {
    const grants = granted({ allow: { sql: { tables: ["orders"] } } });
    const args = { sql: "SELECT * FROM orders, secrets" };
    expect(permissionFor(grants, { tool: "use", args }).reason).toBe(
      "The argument sql is not allowed: it names secrets; allowed are orders.",
    );
    for (const value of NO_TEXTS) expect(lets({ tables: ["orders"] }, value)).toBe(false);
  });
});

describe("a rule on values", () => {
  it.each<[Rule, unknown, boolean]>([
    [{ oneOf: ["a", 1, true] }, "a", true],
    [{ oneOf: ["a", 1, true] }, 1, true],
    [{ oneOf: ["a", 1, true] }, true, true],
    [{ oneOf: ["a", 1, true] }, "1", false],
    [{ oneOf: ["a", 1, true] }, "true", false],
    [{ oneOf: ["a", 1, true] }, "A", false],
    [{ oneOf: ["a", 1, true] }, ["a"], false],
    [{ oneOf: ["a"] }, undefined, false],
    [{ oneOf: [] }, "a", false],
    [{ min: 1 }, 1, true],
    [{ min: 1 }, 0.999, false],
    [{ max: 1 }, 1, true],
    [{ max: 1 }, 1.001, false],
    [{ min: 0 }, -0, true],
    [{ min: 1, max: 3 }, 2, true],
    [{ min: 1, max: 3 }, 4, false],
    [{ max: 3 }, Number.POSITIVE_INFINITY, false],
    [{ max: 3 }, Number.NEGATIVE_INFINITY, true],
    ...["2", [2], "", null, undefined, Number.NaN, true, 2n, { valueOf: () => 2 }].flatMap(
      (value): [Rule, unknown, boolean][] => [
        [{ min: 1 }, value, false],
        [{ max: 3 }, value, false],
      ],
    ),
    [{ maxLength: 3 }, "", true],
    [{ maxLength: 3 }, "abc", true],
    [{ maxLength: 3 }, "abcd", false],
    [{ maxLength: 3 }, ["a"], false],
    [{ maxLength: 3 }, 12, false],
    [{ maxLength: 3 }, { length: 1 }, false],
    [{ maxLength: 3, oneOf: ["abcd", "abc"] }, "abcd", false],
    [{ maxLength: 3, oneOf: ["abcd", "abc"] }, "abc", true],
    [{}, "anything", true],
  ])("%j decides on %o: %s", (rule, value, fits) => {
    expect(lets(rule, value)).toBe(fits);
  });

  it.each<[Rule, string]>([
    [{ hosts: ["a.org", "b.org"] }, "its host has to be a.org or b.org"],
    [{ folders: ["a", "b"] }, "it has to lie in a or b"],
    [{ oneOf: ["a", 1] }, "it has to be one of a, 1"],
    [{ min: 3 }, "it has to be at least 3"],
    [{ max: 3 }, "it has to be at most 3"],
    [{ maxLength: 3 }, "it has to be a text of at most 3 characters"],
  ])("%j says what it asks for", (rule, words) => {
    const { reason } = permissionFor(granted({ allow: { it: rule } }), { tool: "use", args: { it: null } });
    expect(reason).toBe(`The argument it is not allowed: ${words}.`);
  });
});

describe("the arguments of a call", () => {
  const grants = granted({ allow: { amount: { max: 3 } } });

  it.each([undefined, null, "amount", 2, true, [2], { Amount: 2 }, Object.create({ amount: 2 }) as object])(
    "have to give what a rule names: %j",
    (args) => {
      const { reason } = permissionFor(grants, { tool: "use", args });
      expect(reason).toBe("The argument amount is not allowed: it has to be given.");
    },
  );

  it("may hold what no rule names", () => {
    expect(decision(grants, { amount: 2, other: "x", __proto__: { amount: 9 } })).toBe("allowed");
  });

  it.each(["constructor", "toString", "hasOwnProperty", "__proto__"])(
    "do not have %s from their prototype",
    (name) => {
      const rules = [{ tool: "use", allow: Object.fromEntries([[name, {}]]), approval: false }];
      expect(decision(rules, {})).toBe("denied");
      expect(decision(rules, JSON.parse(`{ ${JSON.stringify(name)}: 1 }`))).toBe("allowed");
    },
  );

  it("may be called like what every object has", () => {
    expect(decision(grants, JSON.parse('{ "amount": 2, "hasOwnProperty": 1 }'))).toBe("allowed");
  });

  it("have to fit each of the rules", () => {
    const both = granted({ allow: { amount: { max: 3 }, to: { oneOf: ["Ada"] } } });
    expect(decision(both, { amount: 3, to: "Ada" })).toBe("allowed");
    expect(decision(both, { amount: 4, to: "Ada" })).toBe("denied");
    expect(decision(both, { amount: 3, to: "Eve" })).toBe("denied");
    expect(decision(both, { amount: 3 })).toBe("denied");
  });
});

describe("of several grants of a tool", () => {
  const small = { allow: { amount: { max: 10 } } };
  const large = { allow: { amount: { max: 100 } }, approval: true };

  it("the first that fits decides, and whether a person is asked", () => {
    expect(decision(granted(small, large), { amount: 5 })).toBe("allowed");
    expect(decision(granted(small, large), { amount: 50 })).toBe("ask");
    expect(decision(granted(large, small), { amount: 5 })).toBe("ask");
    expect(decision(granted(small, large), { amount: 500 })).toBe("denied");
  });

  it("the reason names what each of them asks for", () => {
    expect(permissionFor(granted(small, large), { tool: "use", args: { amount: 500 } }).reason).toBe(
      "The argument amount is not allowed: it has to be at most 10. " +
        "The argument amount is not allowed: it has to be at most 100.",
    );
  });

  it("those of other tools say nothing", () => {
    expect(decision(granted(small, { tool: "other" }), { amount: 50 })).toBe("denied");
  });

  it("no parts of two are put together", () => {
    const grants = granted(
      { allow: { to: { oneOf: ["Ada"] }, amount: { max: 100 } } },
      { allow: { to: { oneOf: ["Eve"] }, amount: { max: 1 } } },
    );
    expect(decision(grants, { to: "Eve", amount: 100 })).toBe("denied");
  });
});

describe("whatever the grants and the arguments are", () => {
  const names = fc.constantFrom("a", "b", "constructor");
  const words = fc.constantFrom("x", "y", "..", ".", "x.org", "y.x.org");

  /** An address with what it is known to name, put together from its parts. */
  const address = fc
    .record({
      scheme: fc.constantFrom("https://", "http://"),
      user: fc.constantFrom("", "x.org@", "x.org:80@"),
      host: fc.constantFrom("x.org", "y.x.org", "z.org", "x.org.z.org"),
      rest: fc.constantFrom("", "/", ":81/x.org", "/@x.org", "?x.org", "#x.org"),
    })
    .map(({ scheme, user, host, rest }) => ({ value: `${scheme}${user}${host}${rest}`, host }));
  const file = fc
    .record({ start: fc.constantFrom("", "/", "./"), parts: fc.array(words, { maxLength: 4 }) })
    .map(({ start, parts }) => ({ value: start + parts.join("/"), parts, absolute: start === "/" }));
  const other = fc
    .oneof(fc.integer({ min: -3, max: 3 }), fc.double(), fc.constantFrom("1", "x", "xyz", null, true), words)
    .map((value) => ({ value }));
  type Known = { value: unknown; host?: string; parts?: string[]; absolute?: boolean };
  const known: fc.Arbitrary<Known> = fc.oneof(address, file, other);

  const rule: fc.Arbitrary<Rule> = fc.oneof(
    fc.record({ hosts: fc.subarray(["x.org", "*.x.org"]) }),
    fc.record({ folders: fc.subarray(["x", "x/y", "."]) }),
    fc.record({ oneOf: fc.subarray(["x", "1", 1, true]) }),
    fc.record({ min: fc.integer({ min: -2, max: 2 }) }),
    fc.record({ max: fc.integer({ min: -2, max: 2 }), min: fc.integer({ min: -2, max: 2 }) }),
    fc.record({ maxLength: fc.integer({ min: 1, max: 4 }) }),
    fc.constant({}),
  );
  const grant = fc.record({
    tool: fc.constantFrom("use", "other"),
    allow: fc.dictionary(names, rule, { maxKeys: 2 }),
    approval: fc.boolean(),
  });

  /** Where a path leads, part by part; undefined where it leaves the folder that it begins in. */
  function walked(parts: readonly string[]): string[] | undefined {
    const at: string[] = [];
    let left = false;
    for (const part of parts) {
      if (part === "..") left ||= at.pop() === undefined;
      else if (part !== "." && part !== "") at.push(part);
    }
    return left ? undefined : at;
  }

  const liesIn = (folder: string, { parts, absolute, value }: Known) => {
    const at = absolute
      ? undefined
      : walked(parts ?? (typeof value === "string" ? value.split("/") : [".."]));
    const inside = folder === "." ? [] : folder.split("/");
    return at !== undefined && inside.every((part, index) => at[index] === part);
  };

  const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);

  /** The rules, said once more. */
  function fits({ hosts, folders, oneOf, min, max, maxLength }: Rule, one: Known): boolean {
    const { value, host } = one;
    return [
      !hosts || hosts.some((each) => (each === "*.x.org" ? host === "y.x.org" : host === each)),
      !folders || folders.some((folder) => liesIn(folder, one)),
      !oneOf || new Set<unknown>(oneOf).has(value),
      min === undefined || (isNumber(value) && !(value < min)),
      max === undefined || (isNumber(value) && !(value > max)),
      maxLength === undefined || (typeof value === "string" && [...value].length <= maxLength),
    ].every(Boolean);
  }

  it("a call is allowed just where one of the tool's grants fits, and asked for where the first that does says so", () => {
    const args = fc.dictionary(names, known, { maxKeys: 3, noNullPrototype: true });
    const seen = { allowed: 0, denied: 0, ask: 0 };
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 4 }), args, (grants, asked) => {
        const given = Object.fromEntries(Object.entries(asked).map(([name, { value }]) => [name, value]));
        const own = new Map(Object.entries(asked));
        const fitting = grants.filter(
          ({ tool, allow }) =>
            tool === "use" &&
            Object.entries(allow).every(([name, each]) => {
              const one = own.get(name);
              return one !== undefined && fits(each, one);
            }),
        );
        const [first] = fitting;
        const wanted = first === undefined ? "denied" : first.approval ? "ask" : "allowed";
        const rules = grants.map((each) => Grant.parse(each));
        expect(permissionFor(rules, { tool: "use", args: given }).decision).toBe(wanted);
        seen[wanted] += 1;
      }),
      { numRuns: 2_000 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
  });

  it("nothing is thrown, and what is denied says why", () => {
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 4 }), fc.anything(), fc.string(), (grants, args, tool) => {
        const rules = grants.map((each) => Grant.parse(each));
        for (const name of ["use", tool]) {
          const { decision, reason } = permissionFor(rules, { tool: name, args });
          expect(["allowed", "denied", "ask"]).toContain(decision);
          expect(reason).not.toBe("");
        }
      }),
    );
  });
});
