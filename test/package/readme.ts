import { readFileSync } from "node:fs";

/**
 * The first code block of the readme whose fence says `language`, such as `js embed`.
 *
 * @throws Error if there is none
 */
export function exampleOf(language: string): string {
  const [, code] =
    new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms").exec(readFileSync("README.md", "utf8")) ?? [];
  if (code === undefined) throw new Error(`README.md has no block that begins with \`\`\`${language}.`);
  return code;
}
