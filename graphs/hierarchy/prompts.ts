import { block, instructions, prompt } from "../../src/models/prompt.ts";
import { type Missing, missingInWords } from "../../src/outcomes/outcome.ts";
import type { Role } from "../../src/roles/role.ts";
import type { Part, WorkerReport } from "./state.ts";

const wholeTask = (task: string) => block("context", `The whole task, of which this is a part: ${task}`);

/** What is divided, and among whom. */
interface Dividing {
  by: Role;
  task: string;
  /** The whole task, where what is divided is a part of it. */
  whole?: string;
  among: readonly Role[];
  most: number;
}

export const divide = ({ by, task, whole, among, most }: Dividing) =>
  prompt(
    `You are the ${by.name}. Divide the task below among those whom you lead.`,
    block("task", task),
    whole !== undefined && wholeTask(whole),
    block("choices", among.map(({ name, expertise }) => `- ${name}: ${expertise.join(", ")}`).join("\n")),
    block(
      "instructions",
      `Give an object whose field "parts" lists 1 to ${most} parts. Each part is done by one of them, at the same time as the others, who sees nothing but its description: no part may need another one's result. Name in "needs" the expertise that it takes, in keywords from the list above where they fit, and in your own where none does. Divide only where it helps: a task that one of them can do is one part.`,
    ),
  );

const CITED =
  "Cite the number of the source behind each claim that rests on one, as in [1]; cite no source that you were not shown in this conversation, and list no sources at the end.";

export const work = ({ task, part: { title, description } }: { task: string; part: Part }) =>
  prompt(
    block("task", description, { title }),
    wholeTask(task),
    instructions(
      "report",
      `Do the task, with your tools where they help: search in other words again if the first search finds little. ${CITED} Say what the sources leave open. If you cannot do what is asked, say what is missing.`,
    ),
  );

/** What there is of the parts, under one numbering. */
interface Brought {
  reports: readonly Pick<WorkerReport, "title" | "text">[];
  missing: readonly Missing[];
}

const brought = ({ reports, missing }: Brought) => [
  ...reports.map(({ title, text }) => block("report", text, { from: title })),
  missing.length > 0 &&
    block("context", `These parts were given away, but gave no result:\n${missingInWords(missing)}`, {
      about: "missing",
    }),
];

const TOGETHER =
  "Keep the citations of the reports, such as [1], behind the claims they support, and list no sources at the end. Say nothing that no report supports. Where reports differ, say so. Where a part gave no result, say what is missing for it, and put nothing in its place.";

export const report = ({ by, task, part, ...parts }: { by: Role; task: string; part: Part } & Brought) =>
  prompt(
    `You are the ${by.name}. Put together what your workers have reported.`,
    block("task", part.description, { title: part.title }),
    wholeTask(task),
    ...brought(parts),
    instructions("report", `Report on the task, not on who did what. ${TOGETHER}`),
  );

export const answer = ({ task, ...parts }: { task: string } & Brought) =>
  prompt(
    "You are the manager. Answer the task out of what your specialists have reported.",
    block("task", task),
    ...brought(parts),
    instructions("answer", `Answer the task itself, in Markdown, not the story of who did what. ${TOGETHER}`),
  );
