import { openStorage } from "../../src/storage/open.ts";
import { writing } from "./writing.ts";

/** Writes a file in a run, and is killed when the write is claimed, or before it is recorded. */
const [at, url = "", folder = ""] = process.argv.slice(2);
const storage = openStorage(url);
const { ledger } = storage;
const killed = () => {
  process.kill(process.pid, "SIGKILL");
  return new Promise<never>(() => {});
};
if (at === "recorded") ledger.fulfil = killed;
else {
  const claim = ledger.claim.bind(ledger);
  ledger.claim = async (...asked) => {
    await claim(...asked);
    return killed();
  };
}
await writing(storage, { folder });
