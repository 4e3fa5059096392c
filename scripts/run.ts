#!/usr/bin/env node
/** The command line: `graphwright <workflow> [input] [options]`, also behind the npm scripts. */
import { catalogue } from "../graphs/catalogue.ts";
import { mainHere } from "./terminal.ts";

await mainHere(process.argv.slice(2), catalogue);
