import { interrupt, task } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { ModelError, messageOf, StorageError, UsageError } from "../../src/errors.ts";
import { concernsTheRun, durably } from "../../src/resilience/durable-call.ts";
import { run } from "../../src/runtime/run.ts";
import { graphOf, QUESTION } from "../runtime/foreign.ts";

const down = () => new ModelError("server_error", "m", "The model is down.");
const failure = (error: unknown) => `failed: ${messageOf(error)}`;

describe("a failure that the caller catches", () => {
  type Call = (name: string, work: () => Promise<string>) => Promise<string>;

  /** A node whose first call fails and is caught, while its second is under way. */
  const catching = (call: Call) => {
    let isDown = true;
    return graphOf(async () => {
      const first = call("first", async () => {
        isDown = false;
        throw down();
      }).catch(failure);
      const second = call("second", async () => {
        while (isDown) await new Promise(setImmediate);
        return "result of second";
      });
      return { said: await Promise.all([first, second]) };
    });
  };

  it("ends the superstep in plain LangGraph; ours goes on", async () => {
    const plain = catching(async (name, work) => task({ name }, work)());
    const thread = { configurable: { thread_id: "t" } };
    await expect(plain.invoke(QUESTION, thread)).rejects.toThrow("The model is down.");
    const ours = await run(
      catching((name, work) => durably(name, name, work)),
      QUESTION,
    );
    expect(ours).toMatchObject({
      status: "done",
      output: { said: ["failed: The model is down.", "result of second"] },
    });
  });

  it("is not kept for a resume, which does that work anew; values are", async () => {
    const done: string[] = [];
    let isFirst = true;
    const piece = (name: string, fails = false) =>
      durably("piece", name, async () => {
        done.push(name);
        if (fails) throw down();
        return `result of ${name}`;
      });
    const graph = graphOf(async () => {
      const steady = await piece("steady");
      const shaky = await piece("shaky", isFirst).catch(failure);
      if (isFirst) throw new Error(`Stopped, as it ${shaky}`);
      return { said: [steady, shaky] };
    });
    const { error } = await run(graph, QUESTION, { thread: "t" });
    expect(error?.message).toBe("Stopped, as it failed: The model is down.");
    isFirst = false;
    const { output } = await run(graph, null, { thread: "t", resume: true });
    expect(output?.["said"]).toEqual(["result of steady", "result of shaky"]);
    expect(done).toEqual(["steady", "shaky", "shaky"]);
  });
});

describe("what concerns the run itself", () => {
  /** A node that catches whatever its call throws, and what came of it. */
  const catchingAll = (work: () => Promise<string>) =>
    graphOf(async () => ({ said: [await durably("piece", "piece", work).catch(failure)] }));

  it("ends the run although the caller catches it: misuse", async () => {
    const misuse = new UsageError("BAD", "There is no such thing.");
    await expect(
      run(
        catchingAll(() => Promise.reject(misuse)),
        QUESTION,
      ),
    ).rejects.toBe(misuse);
  });

  it("ends the run although the caller catches it: a storage that fails", async () => {
    const full = new StorageError("The disk is full.");
    const { status, error } = await run(
      catchingAll(() => Promise.reject(full)),
      QUESTION,
    );
    expect({ status, error }).toMatchObject({ status: "failed", error: { code: "STORAGE" } });
  });

  it("ends the run although the caller catches it: its stop, after which the work is done anew", async () => {
    const cancel = new AbortController();
    let times = 0;
    const graph = catchingAll(async () => {
      times += 1;
      if (times > 1) return "result";
      cancel.abort();
      throw down();
    });
    const stopped = await run(graph, QUESTION, { thread: "t", signal: cancel.signal });
    expect(stopped).toMatchObject({ status: "cancelled", output: null });
    const { output } = await run(graph, null, { thread: "t", resume: true });
    expect(output?.["said"]).toEqual(["result"]);
  });

  it("suspends the run: a question, which the caller lets through, and whose answer goes on", async () => {
    const graph = graphOf(async () => {
      const asking = durably("piece", "piece", async () => `result of ${String(interrupt("Which one?"))}`);
      const letThrough = (error: unknown) => {
        if (concernsTheRun(error)) throw error;
        return failure(error);
      };
      return { said: [await asking.catch(letThrough)] };
    });
    const asked = await run(graph, QUESTION, { thread: "t" });
    expect(asked).toMatchObject({ status: "needs_human", interrupts: [{ value: "Which one?" }] });
    const { output } = await run(graph, null, { thread: "t", resume: "the first" });
    expect(output?.["said"]).toEqual(["result of the first"]);
  });
});
