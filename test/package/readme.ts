import { blocksOf } from "../docs/blocks.ts";

/**
 * The first code block of the readme whose fence says `language`, such as `js embed`.
 *
 * @throws Error if there is none
 */
export function exampleOf(language: string): string {
  const [block] = blocksOf("README.md", language);
  if (!block) throw new Error(`README.md has no block that begins with \`\`\`${language}.`);
  return block.code;
}
