/** Several workflows on the same task: `npm run compare -- "task" --graphs a,b,c`. */
import { catalogue } from "../graphs/catalogue.ts";
import { mainHere } from "./terminal.ts";

await mainHere(["compare", ...process.argv.slice(2)], catalogue);
