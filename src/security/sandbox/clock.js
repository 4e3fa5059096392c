/**
 * The timers of a sandbox and its clock, which does not wait: when there is nothing else to do it is set
 * forward to the next timer. The clock that the engine reads is this thread's `Date.now`.
 *
 * @template Work
 */
export class Clock {
  /** @type {{ id: number, at: number, every: number | undefined, work: Work }[]} */
  #timers = [];
  #lastId = 0;
  #ahead = 0;
  #now = Date.now;

  /** Makes `Date.now` of this thread tell the time of this clock. */
  install() {
    Date.now = () => this.#now() + this.#ahead;
  }

  /** @param {Work} work @param {number} ms @param {boolean} again */
  set(work, ms, again) {
    if (this.#timers.length >= 10_000) throw new RangeError("There are 10000 timers already.");
    const delay = Number.isFinite(ms) ? Math.min(Math.max(ms, 1), 2 ** 31) : 1;
    this.#lastId += 1;
    const every = again ? delay : undefined;
    this.#timers.push({ id: this.#lastId, at: Date.now() + delay, every, work });
    return this.#lastId;
  }

  /** @param {number} id */
  clear(id) {
    this.#timers = this.#timers.filter((timer) => timer.id !== id);
  }

  clearAll() {
    this.#timers = [];
  }

  /** The work of the next timer, to whose time the clock is set. */
  next() {
    const [first, ...others] = this.#timers;
    if (!first) return undefined;
    const timer = others.reduce((soonest, each) => (each.at < soonest.at ? each : soonest), first);
    this.#ahead += Math.max(timer.at - Date.now(), 0);
    if (timer.every === undefined) this.clear(timer.id);
    else timer.at += timer.every;
    return timer.work;
  }
}
