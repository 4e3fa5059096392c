import type { CatalogueEntry } from "../src/cli/catalogue.ts";

/** Every workflow of this package; listing them loads none. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: "single",
    summary: "Lets one agent do a task with its tools: the baseline that every other pattern has to beat.",
    input: "task",
    bounds: { maxTurns: 6 },
    compared: true,
    load: () => import("./single/graph.ts"),
  },
  {
    name: "router",
    summary:
      "Classifies a task, and gives it to the one branch that fits: research, writing or a generalist.",
    input: "task",
    load: () => import("./router/graph.ts"),
  },
  {
    name: "pipeline",
    summary:
      "Extracts statements with their quotes, transforms them into records, and formats these as a cited text.",
    input: "task",
    fields: ["text"],
    bounds: { maxCorrections: 2 },
    load: () => import("./pipeline/graph.ts"),
  },
  {
    name: "review-loop",
    summary: "Researches, outlines and writes an article, then reviews and revises it until it is approved.",
    input: "topic",
    bounds: { maxReviews: 3 },
    compared: true,
    load: () => import("./review-loop/graph.ts"),
  },
  {
    name: "best-of-n",
    summary:
      "Makes several attempts at a task at once, compares them in both orders, and answers with the best.",
    input: "task",
    bounds: { attempts: 3, timeoutMs: 60_000 },
    load: () => import("./best-of-n/graph.ts"),
  },
  {
    name: "fan-out",
    summary:
      "Looks at a question from several perspectives at once, and answers out of those that came in time.",
    input: "question",
    bounds: { timeoutMs: 30_000 },
    load: () => import("./fan-out/graph.ts"),
  },
  {
    name: "debate",
    summary:
      "Has opposing positions argue a question over several rounds, and a judge decide it with reasons.",
    input: "question",
    bounds: { maxRounds: 2 },
    compared: true,
    load: () => import("./debate/graph.ts"),
  },
  {
    name: "group-chat",
    summary:
      "Has several speakers talk about a topic until it is settled, and concludes out of what they said.",
    input: "topic",
    fields: ["human"],
    bounds: { maxRounds: 10 },
    load: () => import("./group-chat/graph.ts"),
  },
  {
    name: "plan-execute",
    summary:
      "Plans a task as steps, does and reviews one after the other, and plans anew what is left where one fails.",
    input: "task",
    bounds: { maxSteps: 6, maxReplans: 2 },
    load: () => import("./plan-execute/graph.ts"),
  },
  {
    name: "task-dag",
    summary:
      "Divides a task into subtasks, does each as soon as what it depends on is there, and answers out of them.",
    input: "task",
    bounds: { maxParallel: 4, timeoutMs: 120_000 },
    load: () => import("./task-dag/graph.ts"),
  },
  {
    name: "supervisor",
    summary:
      "Plans a task, delegates it to specialists for code, research and QA, and answers out of their reports.",
    input: "task",
    fields: ["human"],
    bounds: { maxDelegations: 6 },
    load: () => import("./supervisor/graph.ts"),
  },
  {
    name: "agents-as-tools",
    summary: "Has an agent do a task by calling others as tools: agents that research, write and edit.",
    input: "task",
    bounds: { maxTurns: 6 },
    load: () => import("./agents-as-tools/graph.ts"),
  },
  {
    name: "hierarchy",
    summary:
      "A manager divides a task among specialists, who divide their parts among workers; reports go up to the answer.",
    input: "task",
    bounds: { maxParts: 3, maxSubparts: 2, maxTurns: 4 },
    load: () => import("./hierarchy/graph.ts"),
  },
  {
    name: "content-crew",
    summary: "Has a crew research, write and edit an article, and publishes it as Markdown and HTML.",
    input: "topic",
    fields: ["approval"],
    bounds: { maxRevisions: 2, maxParallel: 4, timeoutMs: 120_000 },
    load: () => import("./content-crew/graph.ts"),
  },
  {
    name: "content-pipeline",
    summary:
      "Researches a topic from two sides, writes an article, and optimises it by reviews of quality, style and facts.",
    input: "topic",
    bounds: { maxRevisions: 1, timeoutMs: 60_000 },
    load: () => import("./content-pipeline/graph.ts"),
  },
  {
    name: "support",
    summary:
      "Answers a customer's inquiry out of the documents, asks for what is missing, and escalates to a human agent.",
    input: "inquiry",
    bounds: { maxQuestions: 3 },
    load: () => import("./support/graph.ts"),
  },
];
