import { setTimeout as sleep } from "node:timers/promises";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { Serialized } from "@langchain/core/load/serializable";
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";
import { GraphwrightError } from "../errors.ts";
import { METERED } from "../models/attempt.ts";
import type { Account, CallEstimate, RefusedBy, Standing } from "../outcomes/account.ts";
import type { Usage } from "../outcomes/spend.ts";
import { refusal } from "../resilience/admission.ts";
import type { PricedModel } from "../telemetry/prices.ts";
import { callEstimate, cutOff, type Estimate, usageOf } from "../telemetry/usage.ts";
import { nodeAt } from "./events.ts";

/** A call of a foreign graph that the run's budget refuses; it ends the run as `budget_exhausted`. */
export class BudgetRefusal extends GraphwrightError {
  readonly cap: RefusedBy;

  constructor(cap: RefusedBy, estimate: CallEstimate) {
    super("BUDGET", refusal(cap, estimate));
    this.cap = cap;
  }
}

/** One call that was made and counted. */
export interface MeteredCall {
  /** The node that made it, below its subgraphs' nodes. */
  node: string;
  model: string;
  usage: Usage;
  /** Whether it gave an answer. */
  ok: boolean;
  ms: number;
  standing: Standing;
  /** Whether it ended after the stretch that made it, so that it is recorded and not told. */
  late: boolean;
}

interface OpenCall {
  callId: string;
  node: string;
  begun: number;
  estimate: Estimate;
  model: PricedModel;
}

/** How long the end of a stretch waits for calls that its stop has cut off, in milliseconds. */
const LONGEST_WAIT_MS = 250;

/**
 * Holds the model calls that are not made by our own nodes to the run's account: refused before they
 * are made, counted after, in inner graphs too. Our own calls, which can suspend, are passed over.
 */
export class ForeignCallMeter extends BaseCallbackHandler {
  readonly name = "graphwright_meter";
  override raiseError = true;
  override awaitHandlers = true;
  readonly #account: Account;
  readonly #signal: AbortSignal;
  readonly #onUsage: (call: MeteredCall) => Promise<void>;
  readonly #open = new Map<string, OpenCall>();
  #settled = () => {};
  #closed = false;

  constructor(account: Account, signal: AbortSignal, onUsage: (call: MeteredCall) => Promise<void>) {
    super();
    this.#account = account;
    this.#signal = signal;
    this.#onUsage = onUsage;
  }

  override async handleChatModelStart(
    _model: Serialized,
    messages: BaseMessage[][],
    runId: string,
    _parent?: string,
    extra: Record<string, unknown> = {},
    _tags?: string[],
    metadata: Record<string, unknown> = {},
  ): Promise<void> {
    if (metadata[METERED]) return;
    const model = { name: String(metadata["ls_model_name"] ?? "unknown"), baseUrl: undefined, free: false };
    const estimate = await callEstimate(model, {
      messages: messages.flat(),
      ...sentIn(extra["invocation_params"]),
      canShrink: false,
      exact: this.#account.weighsTokens,
    });
    const answer = await this.#account.admit(estimate, this.#signal);
    if ("refused" in answer) throw new BudgetRefusal(answer.refused, estimate);
    const node = nodeAt(String(metadata["langgraph_checkpoint_ns"] ?? ""));
    this.#open.set(runId, { callId: answer.granted, node, begun: Date.now(), estimate, model });
  }

  override async handleLLMEnd({ generations }: LLMResult, runId: string): Promise<void> {
    const message = generations[0]?.[0];
    await this.#settle(runId, message && "message" in message ? (message.message as AIMessage) : undefined);
  }

  override async handleLLMError(_error: unknown, runId: string): Promise<void> {
    await this.#settle(runId, undefined);
  }

  /**
   * Waits a moment for the calls that are still open, so that what they used is in the account. One that
   * takes longer counts in full; it is settled when it ends, and not told.
   */
  async close(): Promise<void> {
    if (this.#open.size > 0) {
      const settled = new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
      const waited = new AbortController();
      const longest = sleep(LONGEST_WAIT_MS, undefined, { signal: waited.signal }).catch(() => {});
      await Promise.race([settled, longest]);
      waited.abort();
    }
    this.#closed = true;
  }

  async #settle(runId: string, message: AIMessage | undefined): Promise<void> {
    const call = this.#open.get(runId);
    if (!call) return;
    const { callId, node, begun, model } = call;
    try {
      const usage = message ? await usageOf(model, message, call.estimate) : cutOff(call.estimate);
      const standing = await this.#account.settle(callId, usage);
      const [ms, ok, late] = [Date.now() - begun, message !== undefined, this.#closed];
      await this.#onUsage({ node, model: model.name, usage, ok, ms, standing, late });
    } catch (error) {
      // Nobody waits for a late call any more: its storage may be closed.
      if (!this.#closed) throw error;
    } finally {
      this.#open.delete(runId);
      if (this.#open.size === 0) this.#settled();
    }
  }
}

/** What a client says that it sends beside the messages; most vendors' clients name it like OpenAI's. */
function sentIn(parameters: unknown): { extras: unknown; maxOutputTokens: number | null } {
  const sent = (parameters ?? {}) as Record<string, unknown>;
  const max = sent["max_completion_tokens"] ?? sent["max_tokens"];
  return { extras: sent["tools"], maxOutputTokens: typeof max === "number" && max > 0 ? max : null };
}
