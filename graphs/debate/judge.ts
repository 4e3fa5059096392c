import { z } from "zod";
import { notify } from "../../src/events/notices.ts";
import {
  citationsOf,
  type NodeConfig,
  saysNothing,
  structured,
  withoutDangling,
} from "../../src/nodes/index.ts";
import { parted } from "../../src/outcomes/outcome.ts";
import type { Ending, Termination } from "../../src/outcomes/termination.ts";
import { spokenIn } from "../../src/outcomes/turn.ts";
import type { Source } from "../../src/state/passage.ts";
import { commonGround, drawn } from "./order.ts";
import type { Position } from "./positions.ts";
import * as prompts from "./prompts.ts";
import { type Decision, Dissent, type State } from "./state.ts";

/** A judge's answer: the winner is one of those that may win. */
const judgementOf = (names: readonly string[], mayWin: readonly string[]) =>
  z.object({
    winner: z
      .enum(mayWin)
      .nullable()
      .describe("The position that has the better of the argument; null if none has."),
    reasons: z
      .array(z.string().trim().min(1))
      .min(1)
      .describe("What decided, most important first, each in one or two sentences."),
    dissent: z
      .array(Dissent.extend({ position: z.enum(names).describe("The position that it speaks for.") }))
      .describe("What speaks against the decision; empty if nothing does."),
    confidence: z.number().min(0).max(1).describe("How sure you are."),
  });
type Judgement = z.infer<ReturnType<typeof judgementOf>>;

/**
 * Decides a debate that has ended: by the judge's model, which may name only a position that was argued for. Where
 * fewer than two were, there is nothing to weigh, and where its answer cannot be read, nobody wins.
 */
export async function decisionOf(
  positions: readonly Position[],
  over: Termination<State>,
  state: State,
  config: NodeConfig,
): Promise<Pick<State, "decision" | "sources" | "ended">> {
  const ended = over(state);
  if (!ended) throw new RangeError("The debate is not over yet.");
  const spoken = spokenIn(state.speeches);
  const cited = spoken.flatMap(({ value }) => citationsOf(value.argument));
  const sources = state.found.filter(({ id }) => cited.includes(id));
  const argued = new Set(spoken.map(({ who }) => who));
  const decision =
    argued.size < 2
      ? undecided(`There is nothing to weigh: ${ended.text}.`)
      : await judged({ positions, ended, shown: sources }, state, config);
  return { decision, sources, ended };
}

interface Judging {
  positions: readonly Position[];
  ended: Ending;
  /** The sources that the speeches cite. */
  shown: readonly Source[];
}

async function judged(judging: Judging, { question, speeches }: State, { context }: NodeConfig) {
  const { positions, ended, shown } = judging;
  const names = positions.map(({ name }) => name);
  const spoken = spokenIn(speeches);
  const common = ended.reason === "agreement" ? commonGround(names, speeches) : undefined;
  const argued = names.filter((name) => spoken.some(({ who }) => who === name));
  const { missing } = parted(speeches);
  const prompt = prompts.judge({ ...judging, question, speeches: drawn(question, spoken), missing, common });
  const schema = judgementOf(names, common === undefined ? argued : [common]);
  const check = (judgement: Judgement) => emptyIn(judgement, shown);
  const answer = await structured({ role: "judge", prompt, name: "Judgement", schema, check }, context);
  if ("value" in answer) return decisionFrom(answer.value, common, shown);
  notify({ type: "note", text: `The judgement could not be read, so nobody wins: ${answer.fault}` });
  return undecided(`The judgement could not be read: ${answer.fault}`);
}

/** What is wrong with a judgement of which a text says nothing. */
function emptyIn({ reasons, dissent }: Judgement, shown: readonly Source[]): string | undefined {
  const texts = [
    ...reasons.map((text, at) => ({ text, place: `reasons.${at}` })),
    ...dissent.map(({ argument: text }, at) => ({ text, place: `dissent.${at}.argument` })),
  ];
  const faults = texts.flatMap(({ text, place }) => {
    const fault = saysNothing(text, shown);
    return fault === undefined ? [] : [`${place}: ${fault}`];
  });
  return faults.length > 0 ? faults.join("; ") : undefined;
}

const undecided = (reason: string): Decision => ({
  status: "undecided",
  winner: null,
  reasons: [reason],
  dissent: [],
  confidence: 0,
});

/** A judgement as it is kept; it cites nothing that no speech has cited. */
function decisionFrom(
  { winner, reasons, dissent, confidence }: Judgement,
  common: string | undefined,
  shown: readonly Source[],
): Decision {
  const clean = (text: string) => withoutDangling(text, shown);
  return {
    status: winner === null ? "draw" : winner === common ? "consensus" : "won",
    winner,
    reasons: reasons.map(clean),
    dissent: dissent.map(({ position, argument }) => ({ position, argument: clean(argument) })),
    confidence,
  };
}
