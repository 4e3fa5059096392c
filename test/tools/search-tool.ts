import { tool } from "@langchain/core/tools";
import { z } from "zod";
import type { Passage } from "../../src/state/passage.ts";

/** The passage that a document holds on one word. */
export const passage = (about: string, text = `What the documents say of ${about}.`): Passage => ({
  title: about,
  file: `${about}.md`,
  heading: "",
  text,
});

interface SearchOptions {
  name?: string;
  query?: z.ZodString;
  /** What is found; one passage for each word of the query unless given. */
  find?: (query: string) => Passage[];
}

/** A document search that remembers its queries. */
export function searchTool({
  name = "search_documents",
  query = z.string(),
  find = (words) => words.split(" ").map((word) => passage(word)),
}: SearchOptions = {}) {
  const queries: string[] = [];
  const search = tool(
    (asked: { query: string }): [string, Passage[]] => {
      queries.push(asked.query);
      return ["found", find(asked.query)];
    },
    { name, description: "Searches.", schema: z.object({ query }), responseFormat: "content_and_artifact" },
  );
  return { search, queries };
}
