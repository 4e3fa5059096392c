import { joined, section, withSources } from "../../src/nodes/index.ts";
import { missingInWords, type Outcome } from "../../src/outcomes/outcome.ts";
import { broughtBy } from "./delegation.ts";
import { SpecialistReport, type State } from "./state.ts";

/** The answer with its sources and what it lacks, or what the specialists have reported so far. */
export function result(
  { answer, sources = [], reports = [] }: Partial<State>,
  finished: readonly Outcome<unknown>[] = [],
): string {
  const { reports: given, missing } = broughtBy(reports.length > 0 ? reports : endedIn(finished));
  const cited = answer
    ? withSources(answer, sources)
    : withSources(
        joined(...given.map(({ title, text }) => section(title, text))),
        given.flatMap((report) => report.sources),
      );
  return joined(cited, section("Without a result", missingInWords(missing)));
}

/** The reports among the outcomes of a node that has not ended, each once: a part is a branch within a branch. */
function endedIn(finished: readonly Outcome<unknown>[]): { outcome: Outcome<SpecialistReport> }[] {
  const reports = finished.flatMap((each) => {
    const report = each.status === "ok" ? SpecialistReport.safeParse(each.value).data : undefined;
    return report ? [{ outcome: { ...each, status: "ok" as const, value: report } }] : [];
  });
  return [...new Map(reports.map((each) => [each.outcome.value.title, each])).values()];
}
