import { HumanMessage } from "@langchain/core/messages";
import { z } from "zod";
import { OfflineModel } from "../../src/models/offline/model.ts";
import { type AnswerForm, block, instructions, prompt } from "../../src/models/prompt.ts";
import { answerSchema } from "../../src/models/structured.ts";
import { Verdict } from "../../src/outcomes/verdict.ts";
import type { Corpus } from "./offline-corpora.ts";

export const Notes = z.object({
  notes: z.array(z.object({ claim: z.string(), source: z.number().int().positive() })),
});

const model = new OfflineModel();

/** Asks the offline model for text in a form. */
export async function ask(form: AnswerForm, ...parts: string[]): Promise<string> {
  const message = await model.invoke([
    new HumanMessage(prompt(...parts, instructions(form, `Write the ${form}.`))),
  ]);
  return message.text;
}

/** Asks the offline model for a typed answer, as the nodes do. */
export async function answered<Schema extends z.ZodObject>(name: string, schema: Schema, ...parts: string[]) {
  const { description, json } = answerSchema(name, schema);
  const tool = { type: "function", function: { name, description, parameters: json } };
  const message = await model
    .bindTools([tool], { tool_choice: name })
    .invoke([new HumanMessage(prompt(...parts))]);
  const [call] = message.tool_calls ?? [];
  return schema.parse(call?.name === name ? call.args : undefined);
}

export const task = (text: string) => block("task", text);
export const sources = ({ sources }: Corpus) =>
  sources.map(({ title, text }, at) => block("source", text, { id: at + 1, title }));

/** The research of a corpus, as the review loop hands it on. */
export async function researched(corpus: Corpus) {
  const { notes } = await answered("Notes", Notes, task(corpus.task), ...sources(corpus));
  const lines = notes.map(({ claim, source }) => `- ${claim} [${source}]`).join("\n");
  const outline = await ask("outline", task(corpus.task), block("notes", lines));
  return {
    notes,
    lines,
    outline,
    brief: [task(corpus.task), block("notes", lines), block("outline", outline)],
  };
}

/** Reviews and revises until the review approves, at most so many times. */
export async function reviewed(brief: string[], first: string, most = 5) {
  const verdicts: Verdict[] = [];
  let draft = first;
  for (;;) {
    const verdict = await answered("Verdict", Verdict, ...brief, block("draft", draft));
    verdicts.push(verdict);
    if (verdict.approved || verdicts.length >= most) return { draft, verdicts };
    draft = await ask(
      "revision",
      ...brief,
      block("draft", draft),
      block("objections", objectionLines(verdict)),
    );
  }
}

export const objectionLines = ({ objections }: Verdict) =>
  objections.map(({ aspect, problem, change }) => `- [${aspect}] ${problem} → ${change}`).join("\n");
