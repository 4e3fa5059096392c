import { BaseCache } from "@langchain/langgraph-checkpoint";
import { LRUCache } from "lru-cache";

type Key = Parameters<BaseCache["get"]>[0][number];

interface Stored {
  encoding: string;
  bytes: Uint8Array;
}

const MAX_ENTRIES = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * LangGraph's cache in the memory of the process, bounded: what was not used for longest goes first. It serves
 * all threads of the process: what one may not see of another's must not be cached.
 */
export class BoundedCache extends BaseCache {
  readonly #stored = new LRUCache<string, Stored>({
    max: MAX_ENTRIES,
    maxSize: MAX_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length + 1,
  });

  async get(keys: Key[]) {
    const found = await Promise.all(
      keys.map(async (key) => {
        const stored = this.#stored.get(nameOf(key));
        return stored ? [{ key, value: await this.serde.loadsTyped(stored.encoding, stored.bytes) }] : [];
      }),
    );
    return found.flat();
  }

  async set(pairs: { key: Key; value: unknown; ttl?: number }[]): Promise<void> {
    for (const { key, value, ttl } of pairs) {
      const [encoding, bytes] = await this.serde.dumpsTyped(value);
      this.#stored.set(nameOf(key), { encoding, bytes }, ttl === undefined ? {} : { ttl: ttl * 1_000 });
    }
  }

  async clear(namespaces: Key[0][]): Promise<void> {
    if (namespaces.length === 0) return this.#stored.clear();
    const starts = namespaces.map((namespace) => namespace.join(","));
    for (const name of this.#stored.keys()) {
      if (starts.some((start) => name.startsWith(`${start}|`))) this.#stored.delete(name);
    }
  }
}

const nameOf = ([namespace, key]: Key) => `${namespace.join(",")}|${key}`;

let current: BoundedCache | undefined;

/** The cache of the process, where roles may answer from one. */
export function defaultCache(): BaseCache {
  current ??= new BoundedCache();
  return current;
}
