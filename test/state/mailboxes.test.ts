import { StateSchema } from "@langchain/langgraph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageError, UsageError } from "../../src/errors.ts";
import { mailboxes } from "../../src/state/channels.ts";
import { emptyMailbox, type Mailbox, type Posting, posted } from "../../src/state/mailboxes.ts";
import { AgentMessage, broadcast, type Draft, replyTo } from "../../src/state/messages.ts";
import { answersTo, inboxOf, read, received, send, sendAll, withPostings } from "../../src/state/sending.ts";

const MEMBERS = ["ada", "bob", "cyd"];
const AT = { time: "2026-01-01T00:00:00.000Z", origin: "node:1" };
const request = (from: string, to: string, content = "Please."): Draft => ({
  type: "request",
  from,
  to,
  taskId: "t1",
  content,
});
const box = (capacity = 10) => emptyMailbox(MEMBERS, capacity);
const KEEP = 100;

/** The code with which something is refused. */
function refused(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof MessageError) return error.code;
    throw error;
  }
  throw new Error("It was taken.");
}

describe("a message", () => {
  it("has a schema by its type: only a status has progress and step, only a response must name its request", () => {
    const facts = { id: "1", from: "ada", to: "bob", taskId: "t", content: "", time: AT.time };
    const fits = (message: object) => AgentMessage.safeParse({ ...facts, ...message }).success;
    expect(fits({ type: "request" })).toBe(true);
    expect(fits({ type: "status", metadata: { progress: 0.5, step: "reads" } })).toBe(true);
    expect(fits({ type: "status" })).toBe(false);
    expect(fits({ type: "status", metadata: { progress: 1.1, step: "reads" } })).toBe(false);
    expect(fits({ type: "response" })).toBe(false);
    expect(fits({ type: "response", inReplyTo: "0" })).toBe(true);
    expect(fits({ type: "error" })).toBe(true);
    expect(fits({ type: "gossip" })).toBe(false);
    expect(fits({ type: "request", time: "yesterday" })).toBe(false);
    expect(fits({ type: "request", metadata: { pages: [1, null], by: { name: "a" } } })).toBe(true);
    const circle: Record<string, unknown> = {};
    circle["itself"] = circle;
    for (const metadata of [{ at: new Date() }, { none: undefined }, circle]) {
      expect(fits({ type: "request", metadata })).toBe(false);
      expect(fits({ type: "status", metadata: { progress: 0, step: "begins", ...metadata } })).toBe(false);
    }
    expect(fits({ type: "request", secret: 1 })).toBe(false);
  });

  it("gets the same id whenever it is sent from the same state and place, and another one elsewhere", () => {
    const sent = (mailbox: Mailbox, draft: Draft, at: Partial<typeof AT> = {}) =>
      send(mailbox, draft, { ...AT, ...at }).id;
    const first = sent(box(), request("ada", "bob"));
    expect(sent(box(), request("ada", "bob"), { time: "2027-01-01T00:00:00.000Z" })).toBe(first);
    const mailbox = withPostings(box(), send(box(), request("ada", "bob"), AT));
    const others = [
      sent(mailbox, request("ada", "bob")),
      sent(box(), request("ada", "cyd")),
      sent(box(), request("bob", "ada")),
      sent(box(), request("ada", "bob", "No.")),
      sent(box(), request("ada", "bob"), { origin: "node:2" }),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
  });

  it("is later than all that its sender could know of, whatever the clocks say", () => {
    const asked = send(box(), request("ada", "bob"), AT);
    const late = { time: "2020-01-01T00:00:00.000Z", origin: "node:2" };
    const answer = send(withPostings(box(), asked), replyTo(asked, { from: "bob", content: "Yes." }), late);
    expect(answer.time).toBe("2026-01-01T00:00:00.001Z");
  });

  it("that does not fit is refused with the reason", () => {
    const status = {
      ...request("ada", "bob"),
      type: "status",
      metadata: { progress: 2, step: "reads" },
    } as const;
    expect(() => send(box(), status, AT)).toThrow(/cannot be sent: .*progress/);
    expect(refused(() => send(box(), request("ada", "bob", "x".repeat(100_001)), AT))).toBe("BAD_MESSAGE");
  });
});

describe("a mailbox", () => {
  it("shows each member what it has yet to read, and what it was ever sent", () => {
    const [one, two, three] = sendAll(
      box(),
      [request("ada", "bob", "1"), request("cyd", "bob", "2"), broadcast(request("bob", "", "3"))],
      AT,
    );
    if (!one || !two || !three) throw new Error("Three messages were sent.");
    const full = posted(box(), [one, two, three], KEEP);
    expect(inboxOf(full, "bob")).toEqual([one, two]);
    expect(inboxOf(full, "ada")).toEqual([three]);
    expect(inboxOf(full, "cyd")).toEqual([three]);
    const after = posted(full, [read("bob", [one]), read("cyd", [three])], KEEP);
    expect(inboxOf(after, "bob")).toEqual([two]);
    expect(inboxOf(after, "cyd")).toEqual([]);
    expect(inboxOf(after, "ada")).toEqual([three]);
    expect(received(after, "bob")).toEqual([one, two]);
  });

  it("knows its members alone", () => {
    expect(refused(() => send(box(), request("ada", "eve"), AT))).toBe("UNKNOWN_RECIPIENT");
    expect(refused(() => send(box(), request("eve", "ada"), AT))).toBe("UNKNOWN_SENDER");
    expect(refused(() => inboxOf(box(), "eve"))).toBe("UNKNOWN_RECIPIENT");
    const alien = send(emptyMailbox(["eve", "ada"], 1), request("eve", "ada"), AT);
    expect(refused(() => posted(box(), alien, KEEP))).toBe("UNKNOWN_SENDER");
  });

  it("that is full takes no more until it is read, also by broadcast", () => {
    const drafts = [request("ada", "bob", "1"), request("ada", "bob", "2")];
    const sent = sendAll(box(2), drafts, AT);
    const full = posted(box(2), sent, KEEP);
    expect(refused(() => send(full, request("cyd", "bob"), AT))).toBe("MAILBOX_FULL");
    expect(() => send(full, broadcast(request("cyd", "")), AT)).toThrow(
      "bob cannot take a message of cyd: 2 unread messages, which is the capacity.",
    );
    expect(refused(() => sendAll(box(2), [...drafts, ...drafts], AT))).toBe("MAILBOX_FULL");
    const relieved = posted(full, read("bob", sent.slice(0, 1)), KEEP);
    expect(send(relieved, request("cyd", "bob"), AT).to).toBe("bob");
  });

  it("takes one answer of each who was asked, and tells them by the request", () => {
    const asked = send(box(), broadcast(request("ada", "")), AT);
    let mailbox = posted(box(), asked, KEEP);
    const answer = (from: string, type: "response" | "error" = "response") =>
      send(mailbox, replyTo(asked, { from, content: "Yes.", type }), AT);
    const first = answer("bob");
    mailbox = posted(mailbox, first, KEEP);
    expect(refused(() => answer("bob"))).toBe("ANSWERED_TWICE");
    expect(refused(() => answer("bob", "error"))).toBe("ANSWERED_TWICE");
    const second = answer("cyd", "error");
    mailbox = posted(mailbox, second, KEEP);
    expect(answersTo(mailbox, asked)).toEqual([first, second]);
    expect(first).toMatchObject({ to: "ada", taskId: "t1", inReplyTo: asked.id });
  });

  it("takes no answer to what was never asked of the one who answers", () => {
    const [asked, told] = sendAll(
      box(),
      [
        request("ada", "bob"),
        { ...request("ada", "bob"), type: "status", metadata: { progress: 0, step: "begins" } },
      ],
      AT,
    );
    if (!asked || !told) throw new Error("Two messages were sent.");
    const mailbox = posted(box(), [asked, told], KEEP);
    const answering = (draft: Draft) => refused(() => send(mailbox, draft, AT));
    const reply = { from: "bob", content: "Yes." };
    expect(answering(replyTo({ ...asked, id: "none" }, reply))).toBe("UNKNOWN_MESSAGE");
    expect(answering(replyTo(asked, { ...reply, from: "cyd" }))).toBe("UNKNOWN_MESSAGE");
    expect(answering({ ...replyTo(asked, reply), to: "cyd" })).toBe("UNKNOWN_MESSAGE");
    expect(answering(replyTo(told, reply))).toBe("UNKNOWN_MESSAGE");
  });

  it("may be told how far a request has come, as often as wanted, before it is answered", () => {
    const asked = send(box(), request("ada", "bob"), AT);
    const mailbox = posted(box(), asked, KEEP);
    const status: Draft = {
      ...request("bob", "ada", ""),
      type: "status",
      inReplyTo: asked.id,
      metadata: { progress: 0.5, step: "reads" },
    };
    const sent = sendAll(mailbox, [status, status, replyTo(asked, { from: "bob", content: "Done." })], AT);
    expect(sent.map(({ type }) => type)).toEqual(["status", "status", "response"]);
  });

  it("keeps of the messages that all have read the newest, and every one that somebody has not", () => {
    const sent = sendAll(
      box(),
      ["1", "2", "3", "4"].map((content) => request("ada", "bob", content)),
      AT,
    );
    const all = posted(box(), sent, 1);
    expect(received(all, "bob")).toHaveLength(4);
    const contents = (mailbox: Mailbox) => received(mailbox, "bob").map(({ content }) => content);
    const after = posted(all, read("bob", sent.slice(1)), 1);
    expect(contents(after)).toEqual(["1", "4"]);
    expect(after.sent).toEqual({ ada: 4 });
  });
});

describe("what parallel branches write", () => {
  const name = fc.constantFrom(...MEMBERS);
  /** Branches, each with what it sends and how many of its sender's messages it has read, from one state. */
  const branches = fc.array(
    fc.record({
      who: name,
      to: fc.array(fc.constantFrom(...MEMBERS, "*"), { maxLength: 3 }),
      reads: fc.nat(3),
    }),
    { minLength: 1, maxLength: 4 },
  );

  it("is put together in any order alike, without loss and without one id for two", () => {
    const before = posted(
      box(),
      sendAll(
        box(),
        [...MEMBERS, ...MEMBERS].map((from) => broadcast(request(from, ""))),
        { ...AT, origin: "before" },
      ),
      KEEP,
    );
    fc.assert(
      fc.property(branches, fc.integer({ min: 1, max: 8 }), fc.func(fc.nat()), (all, keep, order) => {
        const updates = all.map(({ who, to, reads }, at): Posting[] => {
          const drafts = to.map((each) => request(who, each));
          const done = read(who, inboxOf(before, who).slice(0, reads));
          return [done, ...sendAll(before, drafts, { ...AT, origin: `branch:${at}` })];
        });
        const sent = updates.flat().filter((each) => "id" in each);
        expect(new Set(sent.map(({ id }) => id)).size).toBe(sent.length);
        const put = (ordered: Posting[][]) =>
          ordered.reduce((mailbox, update) => posted(mailbox, update, keep), before);
        const shuffled = updates
          .map((update, at) => ({ update, rank: order(at) }))
          .sort((one, other) => one.rank - other.rank)
          .map(({ update }) => update);
        const after = put(updates);
        expect(put(shuffled)).toEqual(after);
        expect(put([...updates, ...shuffled])).toEqual(after);
        for (const message of sent) {
          for (const member of MEMBERS) {
            const isFor = message.to === member || (message.to === "*" && message.from !== member);
            expect(inboxOf(after, member).includes(message)).toBe(isFor);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("a channel of mailboxes", () => {
  it("has a schema that Studio can follow, in which nothing refers to elsewhere", () => {
    const schema = new StateSchema({ mail: mailboxes({ members: ["ada", "bob"] }) }).getJsonSchema();
    expect(JSON.stringify(schema)).toContain("Who is to read it");
    expect(JSON.stringify(schema)).not.toContain("$ref");
  });

  it.each([
    [{ members: [] }],
    [{ members: ["ada", "ada"] }],
    [{ members: ["ada", "*"] }],
    [{ members: [" "] }],
    [{ members: ["ada"], capacity: 0 }],
    [{ members: ["ada"], keep: 1.5 }],
  ])("is misuse with %j", (options) => {
    expect(() => mailboxes(options)).toThrow(UsageError);
  });
});
