import { block, instructions, prompt, sourceBlocks } from "../../src/models/prompt.ts";
import { type Missing, missingInWords } from "../../src/outcomes/outcome.ts";
import type { Source } from "../../src/state/passage.ts";
import type { Perspective } from "./perspectives.ts";

/** What to search for on behalf of a perspective. */
export const query = (question: string, { brief }: Perspective) => `${question} ${brief}`;

export const consider = (question: string, { name, brief }: Perspective, shown: Source[]) =>
  prompt(
    `You look at a question from one perspective alone: ${name}. Others look at it from others.`,
    block("task", question),
    block("context", brief, { perspective: name }),
    ...sourceBlocks(shown),
    instructions(
      "report",
      "Say what this perspective advises and why, what speaks against it, and on what it depends. Leave to the others what is theirs. Cite the number of the source behind each claim that rests on one, as in [1], and list no sources at the end. Say what the sources leave open; if they say nothing, say so.",
    ),
  );

interface Consulted {
  question: string;
  given: readonly { who: string; value: string }[];
  missing: readonly Missing[];
}

export const synthesize = ({ question, given, missing }: Consulted) =>
  prompt(
    "Answer a question out of the opinions that were given from several perspectives.",
    block("task", question),
    ...given.map(({ who, value }) => block("report", value, { from: who })),
    missing.length > 0 &&
      block(
        "context",
        `These perspectives gave no opinion:\n${missingInWords(missing)}\nSay in the answer that they are missing and what that leaves open. Do not guess what they would have said.`,
        { about: "missing" },
      ),
    instructions(
      "answer",
      "Begin with the answer itself. Then weigh the perspectives against each other: where they agree, where they differ, and what decides between them. Keep the citations of the opinions, such as [1], behind the claims they support, and list no sources at the end. Say nothing that no opinion supports.",
    ),
  );
