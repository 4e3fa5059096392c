import { type Answer, calls, writerAnswers } from "../endpoint/server.ts";
import type { NamedAnswers } from "../endpoint/writer-answers.ts";

/** What every row is about: its documents treat of it. */
export const TASK = "Replay of the log after a crash";

/** Who has tools searches twice at once, then answers; the others answer at once. */
export function searching(named: NamedAnswers = {}): Answer {
  const writer = writerAnswers(named);
  return (request) => {
    const { tools = [], tool_choice: forced, messages } = request.body;
    const searched = messages.some(({ role }) => role === "tool");
    if (tools.length === 0 || forced || searched) return writer(request);
    return calls(
      { name: "search_documents", args: { query: "leader" } },
      { name: "search_documents", args: { query: "log replay crash" } },
    );
  };
}

/** Who has tools searches in so many turns, each for something else, then answers; the others answer at once. */
export function searchingFor(turns: number, named: NamedAnswers = {}): Answer {
  const writer = writerAnswers(named);
  return (request) => {
    const { tools = [], tool_choice: forced, messages } = request.body;
    const searched = messages.filter(({ role }) => role === "tool").length;
    if (tools.length === 0 || forced || searched >= turns) return writer(request);
    return calls({ name: "search_documents", args: { query: `log replay ${searched}` } });
  };
}
/** Who has tools searches for something else each time, as long as there are any; then these answer. */
export const searchingOn =
  (answers: Answer): Answer =>
  (request) => {
    const { tools = [], tool_choice: forced, messages } = request.body;
    if (tools.length === 0 || forced) return answers(request);
    const searched = messages.filter(({ role }) => role === "tool").length;
    return calls({ name: "search_documents", args: { query: `leader ${searched}` } });
  };
