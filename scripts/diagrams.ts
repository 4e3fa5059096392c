/** `npm run diagrams`: draws each pattern of docs/patterns.md as its graph is now. */
import { readFileSync, writeFileSync } from "node:fs";
import { catalogue } from "../graphs/catalogue.ts";
import { drawing } from "../src/cli/diagram.ts";

const PAGE = "docs/patterns.md";

let page = readFileSync(PAGE, "utf8");
for (const { name, load } of catalogue) {
  const place = new RegExp(
    `(^## ${name}\\n[\\s\\S]*?^<!-- diagram -->\\n)(?:\\s*\`\`\`mermaid\\n[\\s\\S]*?^\`\`\`\\n)?`,
    "m",
  );
  if (!place.test(page))
    throw new RangeError(`${PAGE} has no section ## ${name} with a line <!-- diagram -->.`);
  const drawn = await drawing((await load()).graph, "mermaid");
  page = page.replace(place, (_, before: string) => `${before}\n\`\`\`mermaid\n${drawn}\n\`\`\`\n`);
}
writeFileSync(PAGE, page);
