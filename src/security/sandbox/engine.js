import release from "@jitl/quickjs-wasmfile-release-sync";
import { newQuickJSWASMModuleFromVariant, newVariant } from "quickjs-emscripten-core";
import { Clock } from "./clock.js";
import { nameOf, ownModule, ownName, sourceOf } from "./modules.js";
import { thrownAs } from "./thrown.js";

/**
 * @typedef {import("quickjs-emscripten-core").QuickJSContext} Context
 * @typedef {import("quickjs-emscripten-core").QuickJSHandle} Handle
 * @typedef {import("../sandbox-protocol.ts").SandboxJob} SandboxJob
 * @typedef {import("../sandbox-protocol.ts").JobEnd} JobEnd
 * @typedef {import("../sandbox-protocol.ts").Thrown} Thrown
 * @typedef {{ end: JobEnd, thrown?: Thrown | undefined, value?: Handle | undefined, error?: Handle }} Ending
 */

/** The package's types are those of its CommonJS build, which has its default export one level deeper. */
const variant = "default" in release ? release.default : release;

const MB = 2 ** 20;
const PAGE = 2 ** 16;
/** What is kept free, to read an error with after the code has used up the rest. */
const RESERVE_BYTES = MB;
const STACK_BYTES = 512 * 1024;
/** How long a value or an error may take to be read after the code has ended: reading them can run code. */
const READING_MS = 250;
const OUT_OF_MEMORY = { name: "InternalError", message: "out of memory", stack: "" };
const JOBS_AT_ONCE = 1_000;

/**
 * A fresh engine with one context, and the files that its code can import.
 *
 * Nothing in it is ever freed: its memory goes with the worker, after one job.
 */
export class Engine {
  /** @param {Context} context @param {SandboxJob} job @param {{ buffer: ArrayBufferLike }} memory */
  constructor(context, job, memory) {
    this.context = context;
    this.job = job;
    this.memory = memory;
    this.reserve = context.newArrayBuffer(new ArrayBuffer(RESERVE_BYTES));
    this.files = new Map(job.files.map(({ path, text }) => [path, text]));
    this.deadline = Number.POSITIVE_INFINITY;
    this.timedOut = false;
    /** @type {Clock<Handle>} */
    this.clock = new Clock();
    this.clock.install();
    context.runtime.setInterruptHandler(() => this.isLate());
    context.runtime.setModuleLoader(
      (name) => this.#source(name),
      (from, wanted) => nameOf(this.files, from, wanted),
    );
    this.own = this.#unwrapped(
      context.evalCode(ownModule("setup.js"), ownName("setup.js"), { type: "module" }),
    );
  }

  /** @param {string} name */
  #source(name) {
    try {
      return sourceOf(this.files, name);
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  isLate() {
    if (performance.now() <= this.deadline) return false;
    this.timedOut = true;
    return true;
  }

  /**
   * Calls one of our own functions inside the sandbox.
   *
   * @param {string} name
   * @param {Handle[]} args
   * @throws Error where it fails: the memory or the time is over
   */
  callOwn(name, ...args) {
    const work = this.context.getProp(this.own, name);
    return this.#unwrapped(this.context.callFunction(work, this.context.undefined, args));
  }

  /** An object of functions of ours, for our own code inside. @param {Record<string, (...args: Handle[]) => unknown>} functions */
  functions(functions) {
    const object = this.context.newObject();
    for (const [name, work] of Object.entries(functions)) {
      const made = this.context.newFunction(name, (...args) => {
        const answer = work(...args);
        return typeof answer === "number" ? this.context.newNumber(answer) : undefined;
      });
      this.context.setProp(object, name, made);
    }
    return object;
  }

  /** Loads a given file as a module, until it has come to its end. @param {string} path @returns {Ending} */
  load(path) {
    return this.#endOf(this.context.evalCode(sourceOf(this.files, path), path, { type: "module" }));
  }

  /** Calls a function of the code, and waits for the promise that it may give. @param {Handle} work @returns {Ending} */
  call(work) {
    return this.#endOf(this.context.callFunction(work, this.context.undefined, []));
  }

  /** @param {import("quickjs-emscripten-core").VmCallResult<Handle>} result @returns {Ending} */
  #endOf(result) {
    if (result.error) return this.#failed(result.error);
    const { value } = result;
    const stopped = this.drain(() => this.context.getPromiseState(value).type !== "pending");
    if (stopped) return stopped;
    const state = this.context.getPromiseState(value);
    if (state.type === "rejected") return this.#failed(state.error);
    return state.type === "pending" ? { end: "unsettled" } : { end: "ok", value: state.value };
  }

  /**
   * Runs what is pending, timers included, until `enough` or until nothing is left; gives how it ended where
   * that was before its time.
   *
   * @param {() => boolean} enough
   * @returns {Ending | undefined}
   */
  drain(enough) {
    const { runtime } = this.context;
    for (;;) {
      const jobs = runtime.executePendingJobs(JOBS_AT_ONCE);
      if (jobs.error) return this.#failed(jobs.error);
      if (this.isLate()) return { end: "timed_out" };
      if (runtime.hasPendingJob()) continue;
      if (enough()) return undefined;
      const timer = this.clock.next();
      if (!timer) return undefined;
      const called = this.context.callFunction(timer, this.context.undefined, []);
      if (called.error) return this.#failed(called.error);
    }
  }

  /** @param {Handle} error @returns {Ending} */
  #failed(error) {
    if (this.timedOut) return { end: "timed_out" };
    const thrown = this.thrown(error);
    const full = thrown.name === "InternalError" && thrown.message === "out of memory";
    return { end: full ? "out_of_memory" : "threw", thrown, error };
  }

  /**
   * What a thrown value says. Where the memory is too full to make an error the engine throws null.
   *
   * @param {Handle} error
   */
  thrown(error) {
    const full = this.isFull();
    const otherwise = full
      ? OUT_OF_MEMORY
      : { name: "Error", message: "The error cannot be read.", stack: "" };
    if (full && this.context.eq(error, this.context.null)) return OUT_OF_MEMORY;
    return this.reading(() => {
      const told = this.callOwn("describeThrown", error);
      const text = (/** @type {string} */ key) => this.context.getString(this.context.getProp(told, key));
      return thrownAs({ name: text("name"), message: text("message"), stack: text("stack") }, this.files);
    }, otherwise);
  }

  /** Whether the memory has grown as far as it can: it grows in steps of at least a twentieth. */
  isFull() {
    return this.memory.buffer.byteLength > this.job.memoryMb * MB * 0.94;
  }

  /**
   * Reads what the code has left, with the memory and the time that are kept for it.
   *
   * @template Read
   * @param {() => Read} read
   * @param {Read} otherwise
   * @returns {Read}
   */
  reading(read, otherwise) {
    const { deadline, timedOut } = this;
    this.deadline = performance.now() + READING_MS;
    if (this.reserve.alive) this.reserve.dispose();
    try {
      return read();
    } catch {
      return otherwise;
    } finally {
      this.deadline = deadline;
      this.timedOut = timedOut;
    }
  }

  /** @param {import("quickjs-emscripten-core").VmCallResult<Handle>} result */
  #unwrapped(result) {
    if (!result.error) return result.value;
    throw new Error(`The sandbox failed: ${JSON.stringify(this.context.dump(result.error))}`);
  }
}

/**
 * Starts an engine whose memory cannot grow beyond the job's: the engine's own count of what it has allocated
 * knows the number of allocations better than their size.
 *
 * @param {SandboxJob} job
 * @param {object} wasmModule The engine, compiled.
 */
export async function startEngine(job, wasmModule) {
  const maximum = (job.memoryMb * MB) / PAGE;
  /** @type {{ buffer: ArrayBufferLike }} */
  const wasmMemory = new (Reflect.get(globalThis, "WebAssembly").Memory)({
    initial: (16 * MB) / PAGE,
    maximum,
  });
  const quickJs = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory, wasmModule }));
  const runtime = quickJs.newRuntime({
    memoryLimitBytes: job.memoryMb * MB,
    maxStackSizeBytes: STACK_BYTES,
  });
  return new Engine(runtime.newContext(), job, wasmMemory);
}
