import { StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { Source } from "../../src/state/passage.ts";

/** What the sources say on the task, in the order in which it was found. */
export const Statements = z.object({
  statements: z
    .array(
      z.object({
        claim: z.string().trim().min(1).describe("What the source says, to be understood by itself."),
        quote: z.string().trim().min(1).describe("The words of the source that say so, copied as they are."),
        source: z.number().int().positive().describe("The number of that source."),
      }),
    )
    .describe("What the sources say on the task; empty if they say nothing on it."),
});
export type Statements = z.infer<typeof Statements>;

/** The statements put in order. */
export const Records = z.object({
  records: z
    .array(
      z.object({
        topic: z.string().trim().min(1).describe("What the record is about, as a short heading; may repeat."),
        claim: z.string().trim().min(1).describe("What its statements say together."),
        statements: z.array(z.number().int().positive()).min(1).describe("The numbers of its statements."),
        sources: z.array(z.number().int().positive()).min(1).describe("The numbers of their sources."),
      }),
    )
    .describe("The records, those of one topic behind each other."),
  dropped: z
    .array(
      z.object({
        statement: z.number().int().positive().describe("The number of a statement that is in no record."),
        reason: z.string().trim().min(1).describe("Why it was left out."),
      }),
    )
    .describe("The statements that are in no record; empty if all are."),
});
export type Records = z.infer<typeof Records>;

/** The records as a text. */
export const Digest = z.object({
  text: z.string().trim().min(1).describe("A table or a digest in Markdown, citing the sources as [1]."),
});

/** What a stage handed over. */
const HandedOver = z.object({
  stage: z.string().describe("The stage's name."),
  value: z.record(z.string(), z.unknown()).describe("What it handed over, by its schema."),
});

/** How a pipeline ended. */
const Outcome = z.object({
  status: z
    .enum(["finished", "invalid", "nothing"])
    .describe("Finished; or a stage gave no valid value; or there was nothing for it to work on."),
  stage: z.string().describe("The stage at which it ended."),
  why: z.string().describe("Why it ended there."),
});

/** What a pipeline is given. */
export const Input = z.strictObject({
  task: z
    .string()
    .trim()
    .min(1)
    .describe("What to extract, and what to make of it: a question or a subject."),
  text: z
    .string()
    .default("")
    .describe("The text to process, in Markdown or plain; if empty, what a search of the documents finds."),
});

/** What it comes to. */
export const Output = z.object({
  answer: z
    .string()
    .describe("The last stage's value in Markdown, citing sources as [1]; empty unless finished."),
  outcome: Outcome.nullable().describe("How the pipeline ended, at which stage and why."),
  handed: z.array(HandedOver).describe("What each stage handed over, in their order, as far as they came."),
  sources: z.array(Source).describe("The sources that the answer cites; all of them unless finished."),
});

/** What its nodes read and write. */
export const PipelineState = new StateSchema({
  ...Input.shape,
  found: z.array(Source).describe("What the pipeline works on, in numbered passages."),
  ...Output.shape,
});
export type State = typeof PipelineState.State;
export type Update = typeof PipelineState.Update;
