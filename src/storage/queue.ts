/** Runs the work of one key one after the other, in the order of the calls; keys do not wait for each other. */
export class Queue {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Rejects with what the work throws; the work after it runs all the same. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const done = before.then(work, work);
    this.#last.set(key, done);
    try {
      return await done;
    } finally {
      if (this.#last.get(key) === done) this.#last.delete(key);
    }
  }
}
