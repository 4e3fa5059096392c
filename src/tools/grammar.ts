import { onceLoaded } from "../telemetry/once-loaded.ts";

/** A fault of grammar or style in a text. */
export interface GrammarFault {
  kind: "repeated_word" | "article" | "apostrophe" | "redundant_acronym";
  /** Where it begins in the text. */
  at: number;
  /** What is written there, and what should be; one of them where there are several. */
  written: string;
  better: string;
}

const KINDS: Record<string, GrammarFault["kind"]> = {
  "retext-repeated-words": "repeated_word",
  "retext-indefinite-article": "article",
  "retext-contractions": "apostrophe",
  "retext-redundant-acronyms": "redundant_acronym",
};

const checker = onceLoaded(async () => {
  const [{ unified }, english, stringify, repeated, article, contractions, acronyms] = await Promise.all([
    import("unified"),
    import("retext-english"),
    import("retext-stringify"),
    import("retext-repeated-words"),
    import("retext-indefinite-article"),
    import("retext-contractions"),
    import("retext-redundant-acronyms"),
  ]);
  return unified()
    .use(english.default)
    .use(repeated.default)
    .use(article.default)
    .use(contractions.default, { straight: true })
    .use(acronyms.default)
    .use(stringify.default)
    .freeze();
});

/** The faults that rules find in an English text, in its order: few, and rarely wrong. */
export async function grammarFaults(text: string): Promise<GrammarFault[]> {
  const { messages } = await (await checker()).process(text);
  return messages.flatMap(({ source, place, actual, expected }) => {
    const kind = KINDS[source ?? ""];
    const at = place && ("start" in place ? place.start.offset : place.offset);
    if (!kind || at === undefined || actual === undefined) return [];
    // The library minds the form of apostrophes too; only a missing one is a fault.
    if (kind === "apostrophe" && /['’]/.test(actual)) return [];
    return [{ kind, at, written: actual, better: expected?.[0] ?? "" }];
  });
}
