/** The parts of a text with blank lines between them; those without text are left out. */
export const joined = (...parts: (string | false | null | undefined)[]): string =>
  parts.filter((part) => part).join("\n\n");

/** A part of a text under a heading; empty where there is nothing to say. */
export const section = (heading: string, text: string): string =>
  text.trim() === "" ? "" : `## ${heading}\n\n${text.trim()}`;
