import type { JsonSchema } from "../strict-schema.ts";
import { arrange } from "./arranging.ts";
import { assess } from "./assessment.ts";
import { check } from "./check.ts";
import { classify } from "./classification.ts";
import { turnsIn } from "./conversation.ts";
import { decide, isFinish } from "./decision.ts";
import { chooseFor } from "./delegating.ts";
import { composeDivision } from "./division.ts";
import { extract } from "./extraction.ts";
import { fill, fits } from "./filling.ts";
import { format } from "./formatting.ts";
import { judge } from "./judgement.ts";
import { composeOutline } from "./outline.ts";
import { nextSpeaker, remark } from "./remark.ts";
import {
  angleOf,
  evidenceOf,
  exchangesIn,
  materialOf,
  notesOf,
  outlineOf,
  type Request,
  sourcesOf,
  textOf,
} from "./request.ts";
import { relevantStatements } from "./research.ts";
import { limitsOf } from "./schema-limits.ts";
import { score } from "./scoring.ts";
import { type Choice, choicesIn } from "./specialists.ts";
import { speak } from "./speech.ts";
import { composeSteps, replanned } from "./steps.ts";
import { composeSubtasks } from "./subtasks.ts";
import { review } from "./verdict.ts";

type Answer = (request: Request, schema: JsonSchema) => Record<string, unknown>;

/** The schemas that are answered by a check of their own, by name. */
const KNOWN: Record<string, Answer> = {
  Notes: (request) => ({
    notes: relevantStatements(request.task, sourcesOf(request), angleOf(request)).map(
      ({ text, numbers }) => ({
        claim: text,
        source: numbers[0] ?? 0,
      }),
    ),
  }),
  Verdict: (request) => {
    const aspects = choicesIn(request.blocks).map(({ name }) => name);
    const notes = aspects.length > 0 ? notesOf(request) : [];
    const given = outlineOf(request);
    return {
      ...review({
        draft: textOf(request.blocks, "draft"),
        outline: given.sections.length > 0 ? given : composeOutline(request.task, notes),
        statements: evidenceOf(request),
        aspects,
      }),
    };
  },
  Assessment: (request) => ({
    ...assess({
      task: request.task,
      sources: sourcesOf(request),
      exchanges: exchangesIn(request.blocks),
    }),
  }),
  Check: ({ blocks }, schema) => {
    const evidence = blocks.filter(({ name }) => name === "material");
    return { ...check(evidence, optionsOf(itemsOf(propertyOf(schema, "objections")), "to")) };
  },
  Classification: (request, schema) => ({
    ...classify(request.task, offered(request, optionsOf(schema, "category"))),
  }),
  Delegation: (request, schema) => chooseFor(request.task, offered(request, optionsOf(schema, "to"))),
  Plan: (request, schema) => {
    const agents = offered(request, optionsOf(itemsOf(propertyOf(schema, "subtasks")), "agent"));
    return { subtasks: composeSubtasks(request.task, agents) };
  },
  Statements: (request) => ({ statements: extract(request.task, sourcesOf(request)) }),
  Records: (request) => ({ ...arrange(request) }),
  Digest: ({ task, blocks }) => ({ text: format(task, textOf(blocks, "notes")) }),
  Steps: ({ task, blocks }) => ({
    ...(blocks.some(({ name }) => name === "plan") ? replanned(blocks) : composeSteps(task)),
  }),
  Speech: (request) => ({ ...speak({ ...debateIn(request), own: perspectiveIn(request) }) }),
  Judgement: (request, schema) => ({
    ...judge({ ...debateIn(request), mayWin: optionsOf(schema, "winner") }),
  }),
  Remark: (request) => ({
    ...remark({
      task: request.task,
      own: perspectiveIn(request),
      angle: angleOf(request),
      sources: sourcesOf(request),
      said: turnsIn(request.blocks),
    }),
  }),
  NextSpeaker: (request, schema) =>
    nextSpeaker(offered(request, optionsOf(schema, "speaker")), turnsIn(request.blocks)),
  Scores: (request) => ({
    candidates: score({
      task: request.task,
      sources: sourcesOf(request),
      candidates: request.blocks.filter(({ name }) => name === "draft"),
      criteria: choicesIn(request.blocks),
    }),
  }),
  Division: ({ task, blocks }, schema) => {
    const parts = propertyOf(schema, "parts") ?? {};
    const whole = textOf(blocks, "context").replace(/^[^:\n]*: /, "");
    const most = limitsOf(parts, "items").most;
    return { parts: composeDivision({ task, whole, choices: choicesIn(blocks), most }) };
  },
  Decision: (request, schema) => {
    const options = optionsOf(schema, "next");
    const choices = offered(request, options);
    return {
      ...decide({
        task: request.task,
        plan: textOf(request.blocks, "plan"),
        choices,
        reported: request.blocks
          .filter(({ name }) => name === "report")
          .map(({ attributes }) => attributes["from"] ?? ""),
        finish: options.find(isFinish) ?? "finish",
      }),
    };
  },
};

export const isKnownSchema = (name: string) => Object.hasOwn(KNOWN, name);

/** Answers a structured request. What a check of its own does not give, or gives in another shape, is filled by the schema. */
export function answerStructured(
  name: string,
  schema: JsonSchema,
  request: Request,
): Record<string, unknown> {
  const known = isKnownSchema(name) ? (KNOWN[name]?.(request, schema) ?? {}) : {};
  if (fits(known, schema) && Object.keys(known).length > 0) return known;
  const filled = fill(schema, { task: request.task, statements: materialOf(request) });
  return Object.fromEntries(
    Object.entries(typeof filled === "object" && filled !== null ? filled : {}).map(([key, value]) => {
      const property = propertyOf(schema, key);
      return [key, property && fits(known[key], property) ? known[key] : value];
    }),
  );
}

const debateIn = (request: Request) => ({
  task: request.task,
  positions: choicesIn(request.blocks),
  sources: sourcesOf(request),
  said: turnsIn(request.blocks),
});

const perspectiveIn = ({ blocks }: Request) =>
  blocks.find(({ attributes }) => "perspective" in attributes)?.attributes["perspective"] ?? "";

function propertyOf(schema: JsonSchema, key: string): JsonSchema | undefined {
  const properties = schema["properties"];
  if (typeof properties !== "object" || properties === null) return undefined;
  const property: unknown = (properties as Record<string, unknown>)[key];
  return typeof property === "object" && property !== null ? (property as JsonSchema) : undefined;
}

const itemsOf = (list: JsonSchema | undefined): JsonSchema => {
  const items = list?.["items"];
  return typeof items === "object" && items !== null ? (items as JsonSchema) : {};
};

/** The options of a field, also of one that may be null. */
function optionsOf(schema: JsonSchema, key: string): string[] {
  const property = propertyOf(schema, key);
  const [first] = Array.isArray(property?.["anyOf"]) ? property["anyOf"] : [];
  const options = property?.["enum"] ?? first?.["enum"];
  return Array.isArray(options) ? options.filter((option) => typeof option === "string") : [];
}

/** The choices that the schema allows, with what the prompt says of them. */
function offered({ blocks }: Request, options: readonly string[]): Choice[] {
  const described = choicesIn(blocks);
  if (options.length === 0) return described;
  return options.map((name) => described.find((choice) => choice.name === name) ?? { name, description: "" });
}
