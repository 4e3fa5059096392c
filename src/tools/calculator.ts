import { Parser } from "expr-eval-fork";
import { z } from "zod";
import { GraphwrightError, messageOf } from "../errors.ts";
import { boundedTool } from "./bounded.ts";

/** The longest expression that is read, in characters. */
export const MAX_EXPRESSION = 500;

const DESCRIPTION = `Calculates one arithmetic expression and answers "expression = result".
Numbers are written without units and thousands separators: 1234.5, 2e6.
Operators: + - * / ^ (power), % (remainder, not per cent: write 15/100 for 15 per cent), ! (factorial), parentheses.
Functions: sqrt, cbrt, abs, round, floor, ceil, trunc, sign, min, max, pow, hypot, exp, ln, log2, log10,
sin, cos, tan, asin, acos, atan (in radians). Constants: PI, E.`;

const Calculation = z.object({
  expression: z.string().describe('The expression, such as "(1200 - 950) / 950 * 100".'),
});

const HINTS =
  "Use numbers without units or thousands separators, + - * / ^ % ! and parentheses, " +
  "and functions such as sqrt(2) or max(1, 2).";

/**
 * The tool `calculate`: arithmetic for a model, without access to anything but numbers.
 *
 * It throws a `GraphwrightError` with the code `CALCULATION` where it cannot calculate, which says what to change.
 */
export const calculator = boundedTool(
  { name: "calculate", description: DESCRIPTION, schema: Calculation, readOnly: true, cacheKey: "numbers" },
  ({ expression }) => {
    const outcome = outcomeOf(expression);
    if ("fault" in outcome) throw new GraphwrightError("CALCULATION", outcome.fault);
    return outcome.answer;
  },
);

/**
 * Calculates an expression: `2 + 2 = 4`.
 *
 * What cannot be calculated is answered by a text that starts with "Error:" and says what to change; nothing is thrown.
 */
export function calculate(expression: string): string {
  const outcome = outcomeOf(expression);
  return "fault" in outcome ? `Error: ${outcome.fault}` : outcome.answer;
}

type Outcome = { answer: string } | { fault: string };

function outcomeOf(expression: string): Outcome {
  const written = expression.trim().replace(/\s+/g, " ");
  if (!written) return { fault: "the expression is empty. Give an expression such as 2 + 2." };
  if (written.length > MAX_EXPRESSION) {
    return {
      fault: `the expression has ${written.length} characters; at most ${MAX_EXPRESSION} are read. Calculate it in parts.`,
    };
  }
  const plain = asciiOf(written);
  const foreign = /[^\w\s.,+\-*/%^!()]/u.exec(plain)?.[0];
  if (foreign) return { fault: `"${foreign}" cannot be used in "${written}". ${HINTS}` };
  try {
    return answerOf(written, parser.evaluate(plain));
  } catch (error) {
    return { fault: `"${written}" cannot be read: ${faultOf(error)}. ${HINTS}` };
  }
}

function answerOf(written: string, value: unknown): Outcome {
  if (typeof value !== "number") return { fault: `"${written}" does not give a number. ${HINTS}` };
  if (Number.isNaN(value)) {
    return { fault: `"${written}" is undefined, such as 0 / 0 or the square root of a negative number.` };
  }
  if (!Number.isFinite(value)) {
    return { fault: `"${written}" is a division by zero, or its result is beyond 1.8e308.` };
  }
  if (Number.isSafeInteger(value)) return { answer: `${written} = ${value + 0}` };
  const rounded = Number(value.toPrecision(15));
  return { answer: `${written} = ${rounded}${Number.isInteger(value) ? " (rounded to 15 digits)" : ""}` };
}

const asciiOf = (expression: string) =>
  expression
    .replaceAll("**", "^")
    .replace(/[×·⋅∙]/g, "*")
    .replaceAll("÷", "/")
    .replace(/[−–]/g, "-")
    .replaceAll("π", "PI");

function faultOf(error: unknown): string {
  if (error instanceof RangeError) return "its parentheses are nested too deeply";
  const message = messageOf(error);
  return message
    .replace(/^parse error \[\d+:(\d+)\]: /, "at character $1: ")
    .replace("undefined variable: ", "there is no function or constant ")
    .replace("unexpected TEOF: EOF", "it ends too early")
    .replace("Expected EOF", "an operator is missing, or a character is one too many");
}

const parser = arithmetic();

/** The library's parser, held to numbers: no assignment, no lambda, no array, no member access, no inherited name. */
function arithmetic(): Parser {
  const off = false;
  const reduced = new Parser({
    allowMemberAccess: off,
    operators: {
      assignment: off,
      fndef: off,
      comparison: off,
      concatenate: off,
      conditional: off,
      in: off,
      length: off,
      logical: off,
      random: off,
    },
  });
  reduced.functions = { min: Math.min, max: Math.max, pow: Math.pow, hypot: Math.hypot, atan2: Math.atan2 };
  reduced.consts = { PI: Math.PI, pi: Math.PI, E: Math.E, e: Math.E };
  for (const table of Object.values(reduced)) Object.setPrototypeOf(table, null);
  return reduced;
}
