import { defineRole } from "../../src/roles/role.ts";

/** Does everything alone. */
export const generalist = defineRole({
  name: "generalist",
  goal: "Do the whole task alone, from the documents wherever they say something on it.",
  responsibilities: [
    "Searches before it answers, and cites what it rests a claim on.",
    "Calculates figures with the calculator rather than in its head.",
  ],
  tools: ["search_documents", "calculate"],
});
