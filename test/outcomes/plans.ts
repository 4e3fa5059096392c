import fc from "fast-check";
import type { Step } from "../../src/outcomes/plan.ts";

/** Plans without faults: each step needs some of those that come before it in a hidden order. */
export const plan = (least = 1, most = 16): fc.Arbitrary<Step[]> =>
  fc
    .integer({ min: least, max: most })
    .chain((size) =>
      fc.tuple(
        ...Array.from({ length: size }, (_, at) =>
          fc.uniqueArray(fc.nat(Math.max(0, at - 1)), { maxLength: 3 }),
        ),
      ),
    )
    .map((needs) =>
      needs.map((each, at) => ({
        id: `s${at}`,
        dependsOn: at === 0 ? [] : each.map((other) => `s${other}`),
      })),
    )
    .chain((steps) => fc.shuffledSubarray(steps, { minLength: steps.length }));

/** The ids of steps, in their order. */
export const order = (steps: readonly Step[]): string[] => steps.map(({ id }) => id);
