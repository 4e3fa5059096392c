import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import { boundedTool } from "./bounded.ts";
import { type CitationFinding, type CitationReport, checkCitations } from "./citation-check.ts";
import { MAX_CHECKED } from "./text-checks.ts";

const MAX_SOURCES = 100;

const Checking = z.object({
  text: z.string().min(1).max(MAX_CHECKED).describe("The text, as Markdown, citing its sources as [1]."),
  sources: z
    .array(
      z.object({
        id: z.number().int().positive().describe("The number that the text cites it by."),
        text: z.string().max(MAX_CHECKED).describe("What the source says."),
      }),
    )
    .max(MAX_SOURCES)
    .describe("The sources, each with all of its text that bears on the citations."),
});

/** The tool `check_citations`: `checkCitations`, which says what words can tell and what not. */
export function citationChecker(): StructuredToolInterface {
  return boundedTool(
    {
      name: "check_citations",
      description:
        "Checks each statement of a text against the sources that it cites, by words alone: unknown sources, sources " +
        "that have little in common with the statement, figures and names that the source does not hold, and figures " +
        "without a citation. It finds what is unsupported in these words; it cannot tell whether a statement is " +
        "false, or true in other words.",
      schema: Checking,
      readOnly: true,
      cacheKey: "words",
      evidence: true,
    },
    ({ text, sources }) => {
      const report = checkCitations(text, sources);
      return { content: citationsInWords(report), artifact: report };
    },
  );
}

/** A report on citations for a model or a person. */
export function citationsInWords({ claims, cited, findings, omitted }: CitationReport): string {
  const counts = `${claims} statements, ${cited} of them with a citation.`;
  if (findings.length === 0) {
    return `${counts}\nBy their words, the sources hold what cites them. Whether it is true, words cannot tell.`;
  }
  const lines = findings.map((finding) => `- line ${finding.line}, "${finding.quote}": ${problem(finding)}`);
  const rest = omitted > 0 ? [`${omitted} more are left out.`] : [];
  return [counts, "By their words, these are not supported:", ...lines, ...rest].join("\n");
}

function problem({ kind, sources, missing }: CitationFinding): string {
  const cited = sources.map((id) => `[${id}]`).join(", ");
  const named = missing.join(", ");
  switch (kind) {
    case "unknown_source":
      return `there is no source ${cited}. Cite one that there is, or take the statement out.`;
    case "little_in_common":
      return `${cited} has little in common with it${named && `, and no ${named}`}. Cite the source that says so.`;
    case "not_in_source":
      return `${cited} does not hold ${named}. Correct it, or cite the source that says so.`;
    case "no_citation":
      return `it gives ${named} without a citation. Cite where that is from, or take it out.`;
  }
}
