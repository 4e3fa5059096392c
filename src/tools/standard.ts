import type { StructuredToolInterface } from "@langchain/core/tools";
import { SettingsError } from "../errors.ts";
import { settings } from "../settings.ts";
import { isSameDatabase } from "../storage/same-database.ts";
import { calculator } from "./calculator.ts";
import { citationChecker } from "./check-citations.ts";
import { codeTools } from "./code.ts";
import { databaseTools } from "./database.ts";
import { documentSearch } from "./documents.ts";
import { documentReader } from "./read-document.ts";
import { textChecker } from "./text-checks.ts";
import { webPage } from "./web-page.ts";
import { webSearch } from "./web-search.ts";
import { fileWriter } from "./write-file.ts";

/** Where the tools find documents. */
export interface StandardToolsOptions {
  /** The folder of the documents; the settings decide unless given. */
  docs?: string | undefined;
}

/**
 * Every tool of ours that the settings allow: those for documents, files, code, texts and figures always, web
 * search, web pages and the database where they are set up.
 *
 * @throws SettingsError where the database to query is the one that runs are kept in
 */
export function standardTools({ docs: folder }: StandardToolsOptions = {}): StructuredToolInterface[] {
  const { webHosts, queryDatabase, databaseUrl } = settings();
  if (queryDatabase !== undefined && isSameDatabase(queryDatabase, databaseUrl)) {
    const message =
      "GRAPHWRIGHT_QUERY_DATABASE names the database of the runs, which agents are not to read.";
    throw new SettingsError("GRAPHWRIGHT_QUERY_DATABASE", message);
  }
  const search = webSearch();
  return [
    documentSearch({ folder }),
    documentReader({ folder }),
    fileWriter(),
    calculator,
    ...codeTools(),
    textChecker(),
    citationChecker(),
    ...(search ? [search] : []),
    ...(webHosts ? [webPage(webHosts === "all" ? {} : { hosts: webHosts })] : []),
    ...(queryDatabase ? databaseTools({ url: queryDatabase }) : []),
  ];
}
