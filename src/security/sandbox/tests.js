import { isRunBy, placeOf } from "./thrown.js";

/**
 * @typedef {import("./engine.js").Engine} Engine
 * @typedef {import("./engine.js").Ending} Ending
 * @typedef {import("quickjs-emscripten-core").QuickJSHandle} Handle
 * @typedef {import("../sandbox-protocol.ts").Thrown} Thrown
 * @typedef {import("../sandbox-protocol.ts").SandboxMessage} SandboxMessage
 * @typedef {{ names: string[], before: Handle[], after: Handle[] }} Suite
 * @typedef {{ name: string, work: Handle, suites: Suite[] }} Test
 */

const MAX_TESTS = 500;
/** How many failed assertions of one test are kept. */
const MAX_FAILURES = 1_000;
/** How many timers run on after the end of a test, for assertions that it did not wait for. */
const LEFT_TIMERS = 100;
const FATAL = ["timed_out", "out_of_memory"];

/**
 * The tests of a job. They are kept, run and judged out here, where no code of the run reaches: whether a test
 * passed is read from the engine's own state of its promise and from the assertions that failed during it.
 */
export class Tests {
  /** @type {Test[]} */
  #tests = [];
  /** @type {Suite[]} */
  #suites = [{ names: [], before: [], after: [] }];
  /** @type {{ error: Handle, thrown: Thrown, at: number }[]} */
  #failures = [];
  /** How many assertions have failed, in all tests. */
  #failed = 0;
  #loading = true;

  /** @param {Engine} engine @param {(message: SandboxMessage) => void} tell */
  constructor(engine, tell) {
    this.engine = engine;
    this.tell = tell;
    const { context } = engine;
    engine.callOwn(
      "setUpTests",
      engine.functions({
        register: (kind, name, work, stack) => {
          const called = context.getString(kind);
          if (!isRunBy(context.getString(stack), engine.job.entries, engine.files))
            throw new Error(`${called} can only be called by a test file.`);
          this.#register(called, context.getString(name), work.dup());
        },
        failed: (error) => {
          this.#failed += 1;
          if (this.#failures.length >= MAX_FAILURES) return;
          this.#failures.push({ error: error.dup(), thrown: engine.thrown(error), at: this.#failed });
        },
        mark: () => this.#failed,
        takeBack: (error, mark) => {
          const since = context.getNumber(mark);
          this.#failures = this.#failures.filter(
            ({ at, error: failure }) => at <= since || !context.eq(failure, error),
          );
        },
      }),
    );
  }

  /** Loads the test files, then runs their tests one after the other. @param {readonly string[]} paths @returns {Ending} */
  run(paths) {
    for (const path of paths) {
      this.#failures = [];
      const ending = this.engine.load(path);
      if (FATAL.includes(ending.end)) return ending;
      const problem = this.#problemOf(ending);
      if (problem) this.#report(path, `The file could not be loaded. ${problem}`);
    }
    this.#loading = false;
    for (const test of this.#tests) {
      const ending = this.#runTest(test);
      if (FATAL.includes(ending.end)) return ending;
    }
    return { end: "ok" };
  }

  /** @param {string} kind @param {string} name @param {Handle} work */
  #register(kind, name, work) {
    if (!this.#loading)
      throw new Error(`${kind} has to be called while the file is loaded, not inside a test.`);
    const suite = this.#suites.at(-1) ?? { names: [], before: [], after: [] };
    if (kind === "describe") return this.#describe(suite, name, work);
    if (kind === "beforeEach") return suite.before.push(work);
    if (kind === "afterEach") return suite.after.push(work);
    if (this.#tests.length >= MAX_TESTS) throw new Error(`There are ${MAX_TESTS} tests already.`);
    const full = [...suite.names, name].join(" › ");
    this.#tests.push({ name: full, work, suites: [...this.#suites] });
    return this.tell({ kind: "registered", name: full });
  }

  /** @param {Suite} suite @param {string} name @param {Handle} work */
  #describe({ names }, name, work) {
    this.#suites.push({ names: [...names, name], before: [], after: [] });
    const { context } = this.engine;
    const result = context.callFunction(work, context.undefined, []);
    this.#suites.pop();
    if (result.error) throw this.#asError(result.error);
    if (!this.#isThenable(result.value)) return;
    throw new Error(
      "describe(name, fn) needs a function that is not async, and gives no promise: nothing waits for it. " +
        "Await what is needed before, at the top of the file.",
    );
  }

  /** @param {Handle} error */
  #asError(error) {
    const { name, message } = this.engine.thrown(error);
    return Object.assign(new Error(message), { name });
  }

  /** @param {Test} test */
  #runTest({ name, work, suites }) {
    this.tell({ kind: "begun", name });
    this.#failures = [];
    const before = suites.flatMap((suite) => suite.before);
    const after = suites.flatMap((suite) => suite.after).reverse();
    /** @type {Ending} */
    let ending = { end: "ok" };
    for (const step of [...before, work]) if (ending.end === "ok") ending = this.#step(step);
    for (const step of after) {
      const ended = FATAL.includes(ending.end) ? ending : this.#step(step);
      if (ending.end === "ok") ending = ended;
    }
    this.engine.clock.clearAll();
    if (!FATAL.includes(ending.end)) this.#report(name, this.#problemOf(ending));
    return ending;
  }

  /** @param {Handle} work @returns {Ending} */
  #step(work) {
    const ending = this.engine.call(work);
    if (ending.end !== "ok") return ending;
    let left = LEFT_TIMERS;
    const after = this.engine.drain(() => left-- <= 0);
    if (after && FATAL.includes(after.end)) return after;
    return this.#isThenable(ending.value) ? { end: "unsettled" } : ending;
  }

  /** Whether a value waits for something that is no promise, so that nobody waited for it. @param {Handle | undefined} value */
  #isThenable(value) {
    const { context } = this.engine;
    if (!value || context.typeof(value) !== "object" || context.eq(value, context.null)) return false;
    return context.typeof(context.getProp(value, "then")) === "function";
  }

  /** @param {Ending} ending */
  #problemOf({ end, thrown, error }) {
    if (end === "unsettled") return "It waits for a promise that nothing settles.";
    const failure = this.#failures.find((each) => error && this.engine.context.eq(each.error, error));
    const first = failure?.thrown ?? thrown ?? this.#failures[0]?.thrown;
    if (!first) return undefined;
    const place = placeOf(first);
    const named = first.name === "AssertionError" || !first.name ? "" : `${first.name}: `;
    return `${named}${first.message}${place ? `\n  at ${place}` : ""}`;
  }

  /** @param {string} name @param {string | undefined} problem */
  #report(name, problem) {
    this.tell({ kind: "tested", name, problem });
  }
}
