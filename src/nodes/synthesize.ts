import { notify } from "../events/notices.ts";
import { type AskOptions, ask } from "./ask.ts";
import { withoutDangling } from "./citations.ts";
import type { NodeConfig } from "./fields.ts";

/** A synthesis of what others brought. */
export interface SynthesizeOptions<State, Field extends string> extends AskOptions<State, Field> {
  /** What there is to put together; nothing is made of nothing. */
  material: (state: State) => readonly unknown[];
  /** The answer where there is no material. */
  without: (state: State) => string;
  /** What the text may cite: a citation of anything else is taken out. Unless given, all stay. */
  sources?: (state: State) => readonly { id: number }[];
}

/** A node that writes one text out of what others brought, or says that they brought nothing. */
export function synthesize<State, Field extends string>(options: SynthesizeOptions<State, Field>) {
  const { material, without, sources, into } = options;
  const write = ask(options);
  const textOf = async (state: State, config: NodeConfig) => {
    if (material(state).length > 0) return (await write(state, config))[into];
    notify({ type: "note", text: "There is nothing to put together." });
    return without(state);
  };
  return async (state: State, config: NodeConfig) => {
    const text = await textOf(state, config);
    return { [into]: sources ? withoutDangling(text, sources(state)) : text } as Record<Field, string>;
  };
}
