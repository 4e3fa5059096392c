import path from "node:path";
import { withSources } from "../../src/nodes/index.ts";
import { settings } from "../../src/settings.ts";
import { Ruling, type State } from "./state.ts";

/** The question to a person whether the article is to be published, into a folder. */
export const approvalFor = (folder: string | undefined) => ({
  question: ({ topic, article, sources, approved, objections }: State) => ({
    kind: "publication",
    question: approved
      ? "Is the article to be published?"
      : "The editor has not approved the article. Is it to be published all the same?",
    topic,
    article: withSources(article, sources),
    objections: objections.map(({ problem, change }) => `${problem} ${change}`),
  }),
  answer: Ruling,
  take: (ruling: Ruling) => ({
    rulings: ruling,
    ...(ruling.action === "discard" && { status: "discarded" as const }),
    ...(ruling.action === "publish" && clearance(folder)),
  }),
});

/**
 * The day on which an article is cleared for publication, in UTC, and the folder: the one that is given, else that of
 * the settings. Read in the node before the one that publishes, so that both are checkpointed by then.
 */
export const clearance = (folder = settings().outputFolder) => ({
  date: new Date().toISOString().slice(0, 10),
  folder: path.resolve(folder),
});
