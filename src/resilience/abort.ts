/**
 * What the work gives, or the signal's reason as soon as it is aborted: work that is stopped already is not
 * begun, and work that ignores its signal is not waited for. With `unless`, an abort is left to the work
 * while that holds.
 */
export function untilAborted<Value>(
  work: () => Promise<Value>,
  signal: AbortSignal,
  unless: () => boolean = () => false,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stopped = () => {
      if (!unless()) reject(signal.reason);
    };
    if (signal.aborted) return stopped();
    signal.addEventListener("abort", stopped, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", stopped));
  });
}

/** One signal for several, those that are absent left out. */
export const anyOf = (...signals: (AbortSignal | undefined)[]): AbortSignal =>
  AbortSignal.any(signals.filter((each) => each !== undefined));

/** The longest delay that Node's timers take. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** A deadline, until it is cleared. */
interface Deadline {
  signal: AbortSignal;
  clear: () => void;
}

/** A deadline, which is past where no time is left, and that keeps the process alive: `AbortSignal.timeout` lets it end while the work still hangs. */
export function deadlineIn(ms: number | undefined): Deadline {
  const over = new AbortController();
  const late = () => over.abort(new Error(`no end within ${(ms ?? 0) / 1000} s`));
  if (ms !== undefined && ms <= 0) late();
  const timer = ms === undefined ? undefined : setTimeout(late, Math.min(ms, MAX_TIMER_MS));
  return { signal: over.signal, clear: () => clearTimeout(timer) };
}
