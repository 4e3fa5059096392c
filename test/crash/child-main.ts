/**
 * The process that is killed: runs a row on a storage, as its one argument says.
 *
 * @module
 */
import { openStorage } from "../../src/storage/open.ts";
import type { Task } from "./child.ts";
import { Watch } from "./kills.ts";
import { Outbox } from "./outbox.ts";
import { rowOf } from "./rows.ts";
import { toItsEnd } from "./to-its-end.ts";

const { row, url, place, kill } = JSON.parse(process.argv[2] ?? "") as Task;
const watch = new Watch(kill);
await toItsEnd(await rowOf(row), place, watch.storage(openStorage(url)), new Outbox(place.outbox, watch.act));
process.exit();
