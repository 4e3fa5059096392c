import { router } from "../../../graphs/index.ts";
import { type Answer, failure } from "../../endpoint/server.ts";
import type { Counted, Row } from "../row.ts";
import { searching, searchingFor, TASK } from "../searching.ts";

export const row: Omit<Row, "name"> = {
  graph: () => router,
  input: { task: TASK },
  answers: searching(),
  counted: [
    { parameters: { turns: 1, failed: 0 }, graph: () => router },
    { parameters: { turns: 6, failed: 0 }, graph: () => router, answers: searchingFor(6) },
    standingIn(2),
    standingIn(6),
  ],
};

/** A researcher whose model fails after all the searches, and a generalist who does the work again. */
function standingIn(turns: number): Counted {
  return { parameters: { turns, failed: turns + 1 }, graph: () => router, answers: failingAfter(turns) };
}

function failingAfter(turns: number): Answer {
  const others = searchingFor(turns);
  return (request) => {
    const { messages } = request.body;
    const searched = messages.filter(({ role }) => role === "tool").length;
    const isResearcher = JSON.stringify(messages).includes("You are a researcher.");
    return isResearcher && searched >= turns ? failure(401) : others(request);
  };
}
