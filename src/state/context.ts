import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import type { Account } from "../outcomes/account.ts";
import type { Audit } from "../outcomes/audit.ts";
import type { Effects } from "../outcomes/effect.ts";

/** A chat model of any vendor, or the name of a model at the endpoint of the settings. */
export type ModelRef = BaseChatModel | string;

/** One model, or several in the order in which they are tried. */
export type ModelChoice = ModelRef | readonly ModelRef[];

/** One choice for every role, or one a role; `default` serves the roles that are not named. */
export type Models = ModelChoice | { readonly [role: string]: ModelChoice };

const live = <Value>(check: (value: unknown) => boolean) => z.custom<Value>(check).optional();

const Given = z.object({
  models: live<Models>((value) => value !== null && ["object", "string"].includes(typeof value)).describe(
    "The chat models by role, or one for all: a model's name, or a LangChain chat model.",
  ),
  tools: live<readonly StructuredToolInterface[]>(Array.isArray).describe(
    "Tools that take the place of a graph's own tools of the same name; a role whose grants name others of them may call these.",
  ),
  roles: live<readonly { readonly name: string }[]>(Array.isArray).describe(
    "Roles as data that take the place of the agents' own of the same name.",
  ),
  account: live<Account>((value) => typeof value === "object").describe(
    "The account that model calls draw on; `run` sets it.",
  ),
  effects: live<Effects>((value) => typeof value === "object").describe(
    "Where acts on the outside world are recorded; `run` sets it.",
  ),
  audit: live<Audit>((value) => typeof value === "object").describe(
    "Where calls and decisions are recorded for good; `run` sets it.",
  ),
});

/**
 * What a run is given from outside, as LangGraph's `context`: `graph.invoke(input, { context })`.
 * Whatever is absent comes from the settings.
 *
 * Typed without its keys, because LangGraph would make each of them required; they are checked when
 * a graph is run.
 */
export const RunContext: z.ZodObject<Record<never, never>> = Given;
export type RunContext = z.infer<typeof Given>;
