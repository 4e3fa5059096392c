import path from "node:path";
import { END, interrupt, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { RunEvent } from "../../src/events/events.ts";
import { sendMessage, sendMessages } from "../../src/nodes/messages.ts";
import { run } from "../../src/runtime/run.ts";
import { EMPTY, mailboxes } from "../../src/state/channels.ts";
import { type AgentMessage, broadcast, replyTo } from "../../src/state/messages.ts";
import { answersTo, inboxOf, read, received, withPostings } from "../../src/state/sending.ts";
import { openStorage } from "../../src/storage/open.ts";
import { temporaryFolder } from "../storage/databases.ts";

const State = new StateSchema({
  question: z.string(),
  mail: mailboxes({ members: ["chief", "clerk"], capacity: 3 }),
  answer: z.string(),
});

const draft = { type: "request", from: "chief", to: "clerk", taskId: "t1", content: "How many?" } as const;

/** A chief asks a clerk, who says that he begins, asks a person, and answers. */
const exchange = (url: string) =>
  new StateGraph(State)
    .addNode("ask", async ({ question, mail }) => ({
      mail: await sendMessage(mail, { ...draft, content: question }),
    }))
    .addNode("work", async ({ mail }) => {
      const [request] = inboxOf(mail, "clerk");
      if (!request) throw new Error("Nobody asked.");
      const about = {
        from: "clerk",
        to: "chief",
        taskId: request.taskId,
        inReplyTo: request.id,
        content: "",
      };
      const begun = await sendMessage(mail, {
        ...about,
        type: "status",
        metadata: { progress: 0.5, step: "asks" },
      });
      const number = String(interrupt("How many are there?"));
      const reply = replyTo(request, { from: "clerk", content: `There are ${number}.` });
      const answer = await sendMessage(withPostings(mail, begun), reply);
      return { mail: [read("clerk", [request]), begun, answer] };
    })
    .addNode("conclude", ({ mail }) => {
      const [asked] = received(mail, "clerk");
      const [answer] = asked ? answersTo(mail, asked) : [];
      return { answer: answer?.content ?? "", mail: read("chief", inboxOf(mail, "chief")) };
    })
    .addEdge(START, "ask")
    .addEdge("ask", "work")
    .addEdge("work", "conclude")
    .addEdge("conclude", END)
    .compile({ name: "exchange", checkpointer: openStorage(url).checkpointer });

const messagesIn = (events: RunEvent[]): AgentMessage[] =>
  events.flatMap((event) => (event.type === "message" ? event.message : []));

describe("two agents that write to each other", () => {
  it("go on over an interrupt and a resume by another process, and each message is sent and told once", async () => {
    const url = `file:${path.join(temporaryFolder(), "graphwright.db")}`;
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent) => void events.push(event);
    const asked = await run(exchange(url), { question: "How many?" }, { thread: "t", onEvent });
    expect(asked).toMatchObject({ status: "needs_human", interrupts: [{ value: "How many are there?" }] });
    expect(messagesIn(events).map(({ type }) => type)).toEqual(["request", "status"]);
    const ended = await run(exchange(url), null, { thread: "t", resume: "12", onEvent });
    expect(ended).toMatchObject({ status: "done", output: { answer: "There are 12." } });
    const told = messagesIn(events);
    expect(told.map(({ from, to, type }) => `${from} ${to} ${type}`)).toEqual([
      "chief clerk request",
      "clerk chief status",
      "clerk chief response",
    ]);
    const mail = ended.output?.mail;
    expect(mail?.letters.map(({ message }) => message)).toEqual(told);
    expect(mail?.letters.every(({ unreadBy }) => unreadBy.length === 0)).toBe(true);
    expect(events.find(({ type }) => type === "message")).toMatchObject({ node: "ask" });
  });
});

const config = { configurable: { thread_id: "t" }, durability: "sync" as const };

describe("a node that runs again", () => {
  it("sends the same messages, at the time of the first attempt", async () => {
    const sent: AgentMessage[][] = [];
    const graph = new StateGraph(State)
      .addNode("send", async ({ mail }) => {
        const messages = await sendMessages(mail, [draft, draft]);
        sent.push(messages);
        if (sent.length === 1) throw new Error("The power failed.");
        return { mail: messages };
      })
      .addEdge(START, "send")
      .compile({ checkpointer: new MemorySaver() });
    await expect(graph.invoke({ question: "" }, config)).rejects.toThrow("The power failed.");
    const { mail } = await graph.invoke(null, config);
    expect(sent[1]).toEqual(sent[0]);
    expect(inboxOf(mail, "clerk")).toEqual(sent[0]);
    expect(new Set(sent[0]?.map(({ id }) => id)).size).toBe(2);
  });
});

describe("nodes of one superstep", () => {
  const side = async ({ mail }: typeof State.State) => ({ mail: await sendMessages(mail, [draft, draft]) });

  it("that write the same for one member lose nothing, and give each message an id of its own", async () => {
    const graph = new StateGraph(State)
      .addNode("left", side)
      .addNode("right", side)
      .addNode("after", async ({ mail }) => ({
        answer: await sendMessage(mail, draft).then(
          () => "sent",
          ({ code }) => code,
        ),
      }))
      .addEdge(START, "left")
      .addEdge(START, "right")
      .addEdge(["left", "right"], "after")
      .compile({ checkpointer: new MemorySaver() });
    const { mail, answer } = await graph.invoke({ question: "" }, config);
    const inbox = inboxOf(mail, "clerk");
    expect(new Set(inbox.map(({ id }) => id)).size).toBe(4);
    expect(mail.sent).toEqual({ chief: 4 });
    expect(answer).toBe("MAILBOX_FULL");
  });
});

describe("a channel of mailboxes", () => {
  it("is emptied by a new run, takes nothing that is no message, and follows its graph's capacity", async () => {
    const saver = new MemorySaver();
    const graphOf = (capacity: number, write: (state: { mail: typeof State.State.mail }) => unknown) => {
      const Other = new StateSchema({ mail: mailboxes({ members: ["chief", "clerk"], capacity }) });
      return new StateGraph(Other)
        .addNode("write", async (state) => ({ mail: (await write(state)) as typeof EMPTY }))
        .addEdge(START, "write")
        .compile({ checkpointer: saver });
    };
    const sending = graphOf(5, ({ mail }) => sendMessage(mail, broadcast({ ...draft, from: "clerk" })));
    expect((await sending.invoke({}, config)).mail.letters).toHaveLength(1);
    const other = graphOf(7, () => []);
    expect((await other.invoke({}, config)).mail).toMatchObject({ capacity: 7, letters: [{}] });
    expect((await graphOf(7, () => EMPTY).invoke({}, config)).mail).toMatchObject({ letters: [], sent: {} });
    await expect(graphOf(7, () => ({ ...draft, id: "1" })).invoke({}, config)).rejects.toThrow();
  });
});
