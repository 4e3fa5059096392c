import path from "node:path";
import { joined, section, underOneNumbering, withSources } from "../../src/nodes/index.ts";
import { missingInWords, type Outcome, parted } from "../../src/outcomes/outcome.ts";
import { objectionsInWords } from "../../src/outcomes/verdict.ts";
import type { Report, State } from "./state.ts";

/** The article with its sources, and what became of it; or the draft, or what was reported so far. */
export function result(state: Partial<State>, finished: readonly Outcome<Report>[] = []): string {
  const { outcomes = [], objections = [], ended, approved } = state;
  const { given, missing } = parted(outcomes.length > 0 ? outcomes : finished);
  const open = ended && !approved ? objections : [];
  const reports = given.map(({ value }) => value);
  return joined(
    textOf(state, reports),
    section("Without a result", missingInWords(missing)),
    section("Open objections", objectionsInWords(open)),
    becameOf(state),
  );
}

function textOf({ ended, article, sources = [], draft, found = [] }: Partial<State>, reports: Report[]) {
  if (ended && article) return withSources(article, sources);
  if (draft) return withSources(draft, found);
  const shown = underOneNumbering(reports);
  return withSources(
    joined(...shown.map(({ task, text }) => section(task, text))),
    shown.flatMap((report) => report.sources),
  );
}

function becameOf({ status, publication, ended }: Partial<State>): string | undefined {
  if (status === "published" && publication) {
    const { folder, markdown, html } = publication;
    return `Published: ${path.join(folder, markdown)} and ${html}`;
  }
  if (status === "not_approved")
    return `Not published: the editor has not approved it, and the revisions ended because ${ended?.text}.`;
  if (status === "discarded") return "Not published: it was discarded.";
  return status === "nothing_to_publish" ? "Not published: there is no article." : undefined;
}
