import { HumanMessage } from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { OfflineModel } from "../../src/models/offline/model.ts";
import { block, instructions, prompt } from "../../src/models/prompt.ts";
import { ask, task } from "./offline-driver.ts";

const SEARCH = {
  type: "function" as const,
  function: {
    name: "search_documents",
    description: "Searches.",
    parameters: { type: "object", properties: { query: { type: "string" } }, required: ["query"] },
  },
};

const seenFrom = (text: string) => block("context", text, { perspective: "limits" });

/** What is searched for first. */
async function queryFor(...parts: string[]): Promise<unknown> {
  const asked = prompt(...parts, instructions("report", "Report."));
  const message = await new OfflineModel().bindTools([SEARCH]).invoke([new HumanMessage(asked)]);
  return message.tool_calls?.[0]?.args["query"];
}

const RAFT = block(
  "source",
  "Raft elects a leader by a majority of its servers. A lost majority costs all writes until it is back. " +
    "A leader of Raft sends its log to the other servers. The log of Raft is kept on a disk.",
  { id: 1, title: "Raft › Leaders" },
);

describe("a perspective", () => {
  it("is searched for with the task, without the task's own words and those that only ask", async () => {
    const context = seenFrom("Find out what limits there are on “raft leaders”: costs, failures.");
    expect(await queryFor(task("Explain raft leaders"), context)).toBe("raft leaders limits costs failures");
    expect(await queryFor(task("Explain raft leaders"))).toBe("raft leaders");
    expect(await queryFor(task("Explain raft leaders"), seenFrom("Report on raft leaders."))).toBe(
      "raft leaders",
    );
  });
});

it("names the sections of an article after the sources that its reports cite", async () => {
  const reports = [
    block("report", "Raft elects a leader by a majority of its servers [1].", { from: "facts" }),
    block("report", "A lost majority costs all writes until it is back [2].", { from: "limits" }),
  ];
  const titles = [
    block("source", "", { id: 1, title: "Raft › Leaders" }),
    block("source", "", { id: 2, title: "Raft › Outages" }),
  ];
  const article = await ask("article", task("Explain raft"), ...titles, ...reports);
  expect(article).toMatch(/^## (?:Leaders|Outages)$/m);
});

describe("a wish that quotes nothing of the draft", () => {
  const draft = "# Raft\n\nRaft elects a leader by a majority of its servers [1].";
  const revised = (wish: string) =>
    ask(
      "revision",
      task("How is a leader elected?"),
      RAFT,
      block("draft", draft),
      block("objections", `- [completeness] ${wish}`),
    );

  it("is met by what the sources say on it, also where that is not the task", async () => {
    expect(await revised("Say on what the log is kept.")).toBe(
      `${draft} The log of Raft is kept on a disk [1].`,
    );
  });

  it("that no source meets leaves the draft as it is", async () => {
    expect(await revised("Say more about llamas.")).toBe(draft);
  });
});
