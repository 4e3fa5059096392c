import type { z } from "zod";
import { notify } from "../events/notices.ts";
import type { AskOptions } from "./ask.ts";
import { type StructuredQuestion, structured } from "./decide.ts";
import type { NodeConfig } from "./fields.ts";

/** A typed choice by a role. */
export interface RouteOptions<State, Field extends string, Schema extends z.ZodObject>
  extends AskOptions<State, Field>,
    Pick<StructuredQuestion<Schema>, "name" | "schema"> {
  /** The choice where the model gave none that is valid; it is told why. */
  otherwise: (fault: string, state: State) => z.infer<Schema>;
}

/**
 * A node that writes a role's typed choice to a channel; a router reads it from there, so that
 * nothing live decides where a run goes.
 */
export function route<State, Field extends string, Schema extends z.ZodObject>(
  options: RouteOptions<State, Field, Schema>,
) {
  const { role, prompt, into, name, schema, otherwise } = options;
  return async (state: State, { context }: NodeConfig) => {
    const answer = await structured({ role, prompt: prompt(state), name, schema }, context);
    if ("fault" in answer) notify({ type: "note", text: `No valid ${name}: ${answer.fault}` });
    const choice = "value" in answer ? answer.value : otherwise(answer.fault, state);
    return { [into]: choice } as Record<Field, z.infer<Schema>>;
  };
}
