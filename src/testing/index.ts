export {
  type After,
  after,
  always,
  type Calls,
  calls,
  type Entry,
  type Fails,
  fails,
  type Line,
  type Predicate,
  ScriptError,
  type ScriptedRequest,
  type ScriptLines,
  type StructuredAnswer,
  when,
} from "./script.ts";
export { type ScriptedCallOptions, ScriptedModel } from "./scripted-model.ts";
