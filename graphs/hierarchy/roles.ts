import { UsageError } from "../../src/errors.ts";
import { defineRole, type Role } from "../../src/roles/role.ts";
import { isDuplicate } from "../../src/state/duplicates.ts";

/** Who leads workers, and who they are. */
export interface Specialist {
  /** By its expertise it is given parts of the task; its tools are for what none of its workers fits. */
  role: Role;
  /** At least one. */
  workers: readonly Role[];
}

/** Leads the specialists; its tools are for what none of them fits. */
export const manager = defineRole({
  name: "manager",
  goal: "Have the task done by the specialists, and do yourself what fits none of them.",
  background: "A manager who gives work to whoever knows most about it.",
  responsibilities: ["Says what the sources say, and what they leave open."],
  tools: ["search_documents", "read_document"],
});

const research: Specialist = {
  role: defineRole({
    name: "research_lead",
    goal: "Find out what the sources say on a question.",
    background: "The head of a group of researchers.",
    expertise: ["research", "documents", "facts", "sources", "explanation"],
    tools: ["search_documents", "read_document"],
  }),
  workers: [
    defineRole({
      name: "searcher",
      goal: "Find what documents and the web say on one question.",
      background: "A researcher who searches again, in other words, before calling a question open.",
      expertise: ["search", "facts", "overview", "web"],
      responsibilities: ["Says what the sources say, and where they differ."],
      tools: ["search_documents", "web_search", "read_web_page"],
    }),
    defineRole({
      name: "reader",
      goal: "Read single documents closely, and report what they say.",
      background: "A researcher who reads the whole document before citing a passage of it.",
      expertise: ["reading", "details", "mechanism", "definition"],
      responsibilities: ["Reads on where a passage is cut short."],
      tools: ["search_documents", "read_document"],
    }),
  ],
};

const analysis: Specialist = {
  role: defineRole({
    name: "analysis_lead",
    goal: "Weigh what speaks for and against something, with its limits and costs.",
    background: "The head of a group of analysts.",
    expertise: ["analysis", "comparison", "trade-offs", "limits", "costs", "risks", "failures"],
    tools: ["search_documents", "calculate"],
  }),
  workers: [
    defineRole({
      name: "analyst",
      goal: "Compare and weigh by figures and facts.",
      background: "An analyst who keeps apart what was found and what follows from it.",
      expertise: ["comparison", "trade-offs", "figures", "costs", "performance"],
      responsibilities: ["Calculates figures with the calculator rather than in its head."],
      tools: ["search_documents", "calculate"],
    }),
    defineRole({
      name: "critic",
      goal: "Find the limits of something, and what can go wrong with it.",
      background: "A critic who looks for the case that nobody has thought of.",
      expertise: ["limits", "risks", "failures", "objections"],
      responsibilities: ["Says under which conditions something does not hold."],
      tools: ["search_documents", "read_document"],
    }),
  ],
};

const engineering: Specialist = {
  role: defineRole({
    name: "engineering_lead",
    goal: "Have code designed, written and tested.",
    background: "The head of a group of software engineers.",
    expertise: ["code", "implementation", "algorithm", "programming", "testing", "calculation"],
    tools: ["search_documents", "run_code", "calculate"],
  }),
  workers: [
    defineRole({
      name: "coder",
      goal: "Write code that does what is asked, and show that it works.",
      background: "A software engineer who trusts a run more than an opinion.",
      expertise: ["code", "implementation", "algorithm", "calculation"],
      responsibilities: ["Runs code and its tests before reporting it, and gives it in full."],
      tools: ["search_documents", "run_code", "run_tests", "calculate"],
    }),
    defineRole({
      name: "tester",
      goal: "Test code, and say what does not hold.",
      background: "A quality engineer who assumes that something is wrong until it was checked.",
      expertise: ["testing", "verification", "quality", "edge cases"],
      responsibilities: ["Tests the usual case, the edges and bad input."],
      tools: ["search_documents", "run_tests"],
    }),
  ],
};

/** The specialists of a manager unless it is given others. */
export const SPECIALISTS: readonly Specialist[] = [research, analysis, engineering];

/**
 * The specialists that a manager was given.
 *
 * @throws UsageError unless there is one at least, each has a worker, and all have names of their own
 */
export function specialistsIn(given: readonly Specialist[]): readonly Specialist[] {
  const names = [
    manager.name,
    ...given.flatMap(({ role, workers }) => [role, ...workers].map(({ name }) => name)),
  ];
  const twice = names.find(isDuplicate);
  const alone = given.find(({ workers }) => workers.length === 0);
  const faults = [
    given.length === 0 && "there is none",
    twice !== undefined && `two roles are called "${twice}"`,
    alone && `"${alone.role.name}" has no workers`,
  ].filter((fault) => typeof fault === "string");
  if (faults.length === 0) return given;
  throw new UsageError("BAD_SPECIALISTS", `specialists cannot be used: ${faults.join("; ")}.`);
}
