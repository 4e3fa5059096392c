import { blocksOf } from "../../src/models/prompt.ts";
import { instanceOf } from "./instance.ts";
import { type Answer, structured, text } from "./replies.ts";
import { type Asked, askedOf, type ChatBody, type EndpointRequest, promptOf } from "./request.ts";
import type { JsonSchema } from "./schema.ts";

/** A structured answer by the name of its schema. */
export type NamedAnswers = Record<string, (request: EndpointRequest, asked: Asked) => unknown>;

/** What a revised text says, so that its review approves it. */
const REVISED = "Revised as the reviewer asked.";
const FINISH = "finish";

/**
 * Answers that drive a whole workflow: cited Markdown for text; a first verdict with one objection,
 * approval from the second on; every option of a `Decision` once, then "finish"; the first category; a
 * `Check` that approves; a `Plan` of two subtasks, a third that needs both and a fourth that needs that one,
 * for the first agents; two `Steps`, the first another one after each setback; a minimal instance of any
 * other schema. `more` answers further schemas by name, or these otherwise.
 *
 * What a run has got to is read from its prompt where the prompt tells it (the revised draft, the
 * reports), so that many runs may share a responder; otherwise it is counted by task.
 */
export function writerAnswers(more: NamedAnswers = {}): Answer {
  const named: NamedAnswers = {
    Notes: notes,
    Verdict: verdicts(),
    Classification: classification,
    Decision: decisions(),
    Plan: plan,
    Steps: steps,
    Check: () => ({ approved: true, objections: [] }),
    ...more,
  };
  return (request) => {
    const asked = askedOf(request.body);
    if (!asked) return text(article(request.body));
    return structured(named[asked.name]?.(request, asked) ?? fill(asked));
  };
}

const fill = ({ schema }: Asked, values: Record<string, unknown> = {}) =>
  schema ? instanceOf(schema, values) : values;

function blocksIn(body: ChatBody, name: string) {
  return blocksOf(promptOf(body)).filter((block) => block.name === name);
}

const taskOf = (body: ChatBody) => blocksIn(body, "task")[0]?.text.trim() ?? "";

function article(body: ChatBody): string {
  const title = taskOf(body).split("\n")[0]?.slice(0, 80) || "Answer";
  const revising = blocksIn(body, "draft").length > 0;
  return [
    `# ${title}`,
    "The sources agree on the main point, and say under which conditions it holds [1].",
    "## What follows",
    "Where the conditions do not hold, the choice has to be made for each case, with its cost in view [1].",
    ...(revising ? [REVISED] : []),
  ].join("\n\n");
}

function notes({ body }: EndpointRequest, asked: Asked) {
  const ids = blocksIn(body, "source").map(({ attributes }, i) => attributes["id"] ?? String(i + 1));
  const source = asked.schema?.properties?.["notes"]?.items?.properties?.["source"];
  const written = (id: string) => (source?.type === "string" ? id : Number(id) || 1);
  return {
    notes: (ids.length > 0 ? ids.slice(0, 3) : ["1"]).map((id) => ({
      claim: `Source ${id} states the main point.`,
      source: written(id),
    })),
  };
}

function verdicts() {
  const seen = new Map<string, number>();
  return ({ body }: EndpointRequest, asked: Asked) => {
    const draft = blocksIn(body, "draft").at(-1)?.text;
    const task = taskOf(body);
    const before = seen.get(task) ?? 0;
    if (draft === undefined) seen.set(task, before + 1);
    const approved = draft === undefined ? before > 0 : draft.includes(REVISED);
    const objection = fill(
      {
        ...asked,
        schema: asked.schema?.properties?.["objections"]?.items ?? OBJECTION,
      },
      { problem: "The second section names no case.", change: "Name one case." },
    );
    return fill(asked, { approved, objections: approved ? [] : [objection] });
  };
}

const OBJECTION: JsonSchema = {
  type: "object",
  properties: { aspect: { enum: ["completeness"] }, problem: {}, change: {} },
  required: ["aspect", "problem", "change"],
};

function classification({ body }: EndpointRequest, asked: Asked) {
  const categories = optionsOf(asked.schema, "category") ?? ["research"];
  const task = taskOf(body).toLowerCase();
  const category = categories.find((name) => task.includes(name.toLowerCase())) ?? categories[0];
  return fill(asked, { category, confidence: 0.9, reason: "The task reads like it." });
}

function decisions() {
  const turns = new Map<string, number>();
  return ({ body }: EndpointRequest, asked: Asked) => {
    const [field, options] = firstEnum(asked.schema) ?? ["next", []];
    const others = options.filter((option) => option !== FINISH);
    const task = taskOf(body);
    const reports = blocksIn(body, "report").length;
    const turn = reports || (turns.get(task) ?? 0);
    turns.set(task, reports > 0 || turn >= others.length ? 0 : turn + 1);
    return fill(asked, { [field]: others[turn] ?? FINISH });
  };
}

function plan(_request: EndpointRequest, asked: Asked) {
  const item = asked.schema?.properties?.["subtasks"]?.items ?? {};
  const agents = optionsOf(item, "agent") ?? ["researcher"];
  const subtask = (id: string, at: number, dependsOn: string[]) =>
    fill(
      { ...asked, schema: item },
      { id, title: `Part ${id}`, description: `Do part ${id}.`, agent: agents[at] ?? agents[0], dependsOn },
    );
  return {
    subtasks: [
      subtask("one", 0, []),
      subtask("two", 0, []),
      subtask("both", 1, ["one", "two"]),
      subtask("last", 2, ["both"]),
    ],
  };
}

function steps({ body }: EndpointRequest) {
  const way = blocksIn(body, "objections").length + 1;
  const step = (id: string, instruction: string) => ({
    id,
    title: `Part ${id}`,
    instruction,
    doneWhen: "There is a report.",
  });
  return { steps: [step("one", `Do part one in way ${way}.`), step("two", "Do part two.")], givenUp: "" };
}

function firstEnum(schema: JsonSchema | undefined): [string, string[]] | undefined {
  for (const name of Object.keys(schema?.properties ?? {})) {
    const options = optionsOf(schema, name);
    if (options && options.length > 1) return [name, options];
  }
  return undefined;
}

/** The options of an enum field, also where it is nullable. */
function optionsOf(schema: JsonSchema | undefined, field: string): string[] | undefined {
  const property = schema?.properties?.[field];
  const options = property?.enum ?? property?.anyOf?.flatMap((option) => option.enum ?? option.const ?? []);
  const words = options?.filter((option) => typeof option === "string") ?? [];
  return words.length > 0 ? words : undefined;
}
