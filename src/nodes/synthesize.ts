import { notify } from "../events/notices.ts";
import { type AskOptions, ask } from "./ask.ts";
import type { NodeConfig } from "./fields.ts";

/** A synthesis of what others brought. */
export interface SynthesizeOptions<State, Field extends string> extends AskOptions<State, Field> {
  /** What there is to put together; nothing is made of nothing. */
  material: (state: State) => readonly unknown[];
  /** The answer where there is no material. */
  without: (state: State) => string;
}

/** A node that writes one text out of what others brought, or says that they brought nothing. */
export function synthesize<State, Field extends string>(options: SynthesizeOptions<State, Field>) {
  const { material, without, into } = options;
  const write = ask(options);
  return async (state: State, config: NodeConfig) => {
    if (material(state).length > 0) return write(state, config);
    notify({ type: "note", text: "There is nothing to put together." });
    return { [into]: without(state) } as Record<Field, string>;
  };
}
