import type { Name } from "./name.ts";

/** The cells of the workflow's row in the table of the readme. */
export const readmeRow = ({ kebab }: Name): string[] => [
  `**${kebab}**: research → write → review ↔ revise → finish`,
  "A question is answered from the documents, and a reviewer has to approve the answer",
  `\`npm run -s ${kebab} -- "…"\``,
];

/** The cells of its row in the table of the patterns. */
export const patternsRow = ({ kebab }: Name): string[] => [
  `[${kebab}](#${kebab})`,
  "A question is answered from the documents, and a reviewer has to approve the answer",
];

/** What stands before a drawing. */
const MARKER = "<!-- diagram -->";

/** The section of the patterns that says what the workflow is good for; `drawing` is Mermaid. */
export const patternsSection = ({ kebab }: Name, drawing: string): string => `
## ${kebab}

It answers a task from the documents, and revises the answer until a reviewer approves it.

${MARKER}

\`\`\`mermaid
${drawing}
\`\`\`

- **Use it** when an answer has to be supported by the documents, and somebody else than its writer has to say so.
- **Not** when one agent with tools can do the task (\`single\`).
- **Bound:** \`maxReviews\` (3); then the last answer is given with its open objections, as it is when the budget is
  nearly spent. \`ended\` says why the reviews ended.
- **Calls:** \`2 * maxReviews + 1\` at most: the notes, the answer, \`maxReviews\` reviews, and a revision between each
  two of them.
- **Fails:** where its model fails, with the status \`failed\`; a resume goes on behind the calls that have ended. A
  review that cannot be read does not approve.

\`\`\`sh
npm run -s ${kebab} -- "How does a workflow survive a crash?"
\`\`\`
`;
