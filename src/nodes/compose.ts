import type { Source } from "../state/passage.ts";
import { type AskOptions, ask } from "./ask.ts";
import { citedIn, withoutDangling } from "./citations.ts";
import type { NodeConfig } from "./fields.ts";

/** A text out of sources, by a role. */
export interface ComposeOptions<State, TextField extends string, SourcesField extends string>
  extends Omit<AskOptions<State, TextField>, "into"> {
  /** What the text may cite. */
  sources: (state: State) => readonly Source[];
  into: { text: TextField; sources: SourcesField };
}

/**
 * A node that writes a role's text, which cites nothing but what it may, and the sources that it cites; a citation
 * of anything else is taken out. One model call.
 */
export function compose<State, TextField extends string, SourcesField extends string>({
  sources,
  into,
  ...asking
}: ComposeOptions<State, TextField, SourcesField>) {
  const write = ask({ ...asking, into: into.text });
  return async (state: State, config: NodeConfig) => {
    const shown = sources(state);
    const text = withoutDangling((await write(state, config))[into.text], shown);
    return { [into.text]: text, [into.sources]: citedIn(text, shown) } as Record<TextField, string> &
      Record<SourcesField, Source[]>;
  };
}
