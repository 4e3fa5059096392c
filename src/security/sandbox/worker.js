/**
 * The thread of one job: starts an engine, runs the job's code in it and tells what comes of it. Plain
 * JavaScript, so that it starts alike from the sources and from the build, without a loader.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { startEngine } from "./engine.js";
import { output } from "./output.js";
import { Tests } from "./tests.js";

/**
 * @typedef {import("./engine.js").Engine} Engine
 * @typedef {import("./engine.js").Ending} Ending
 */

/** @type {{ job: import("../sandbox-protocol.ts").SandboxJob, compiled: object }} */
const { job, compiled } = workerData;
/** @param {import("../sandbox-protocol.ts").SandboxMessage} message */
const tell = (message) => parentPort?.postMessage(message);

/** The levels of a value that is given as it is. */
const MAX_DEPTH = 200;

const engine = await startEngine(job, compiled);
setUp(engine);
const tests = job.kind === "tests" ? new Tests(engine, tell) : undefined;
tell({ kind: "ready" });
engine.deadline = performance.now() + job.timeoutMs;
const { end, thrown, value } = ending();
tell({ kind: "ended", end, thrown, json: tests || end !== "ok" ? undefined : jsonOf(engine, value) });

/** @param {Engine} engine */
function setUp(engine) {
  const { context, clock } = engine;
  const write = output(job.maxOutput, tell);
  const host = engine.functions({
    write: (line) => write(context.getString(line)),
    setTimer: (work, ms, again) => clock.set(work.dup(), context.getNumber(ms), context.dump(again) === true),
    clearTimer: (id) => clock.clear(context.getNumber(id)),
  });
  engine.callOwn("setUp", host, context.newNumber(job.maxOutput));
}

/** How the job ends; the engine itself can fail where its memory is full. @returns {Ending} */
function ending() {
  try {
    return tests ? tests.run(job.entries) : runCode(engine);
  } catch (error) {
    if (engine.isFull()) return { end: "out_of_memory" };
    throw error;
  }
}

/** Runs the entry until nothing is pending any more. @param {Engine} engine @returns {Ending} */
function runCode(engine) {
  const ending = engine.load(job.entries[0] ?? "");
  if (ending.end !== "ok") return ending;
  return engine.drain(() => false) ?? ending;
}

/**
 * The default export as JSON.
 *
 * @param {Engine} engine
 * @param {Ending["value"]} namespace
 * @returns {string | undefined}
 */
function jsonOf(engine, namespace) {
  const { context } = engine;
  if (!namespace) return undefined;
  /** @type {string | undefined} */
  const none = undefined;
  return engine.reading(() => {
    const value = context.getProp(namespace, "default");
    if (context.typeof(value) === "undefined") return undefined;
    const maxChars = context.newNumber(job.maxOutput);
    const json = textOf(engine.callOwn("toJson", value, maxChars));
    if (json === undefined) tell({ kind: "cut" });
    return json !== undefined && isDeep(json) ? textOf(engine.callOwn("toShown", value, maxChars)) : json;
  }, none);
}

/** @param {import("./engine.js").Handle} value */
function textOf(value) {
  return engine.context.typeof(value) === "string" ? engine.context.getString(value) : undefined;
}

/** Whether a JSON text has more levels than whoever reads it by recursion can be asked to go down. @param {string} json */
function isDeep(json) {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at += 1) {
    const char = json[at] ?? "";
    if (quoted && char === "\\") at += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && "[{".includes(char)) depth += 1;
    else if (!quoted && "]}".includes(char)) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}
