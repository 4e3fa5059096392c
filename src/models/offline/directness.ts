import { overlap } from "./ranking.ts";
import { stems, wordCount } from "./words.ts";

const SUBJECT =
  /^(?:(?:an?|the|each|every)\s+)?([^,.;:]{2,40}?)\s+(?:is|are|means|provides|lets|keeps|stores|holds|consists|has|have)\b/i;
const LONG = 36;

/**
 * How directly a statement answers: it says what the topic's first word is, or opens with the topic,
 * and it is neither long nor full of code.
 */
export function directness(text: string, topic: readonly string[]): number {
  const [head = ""] = topic;
  const subject = stems(SUBJECT.exec(text)?.[1] ?? "");
  const opening = stems(text.split(" ").slice(0, 5).join(" "));
  const defines = subject.includes(head) && topic.includes(subject[0] ?? "") && overlap(subject, topic) > 0.5;
  const codes = text.split("`").length >> 1;
  return (
    (1 + overlap(topic, opening)) *
    (defines ? 3 : opening.slice(0, 2).includes(head) ? 1.5 : 1) *
    (wordCount(text) > LONG ? 0.75 : 1) *
    (codes > 2 ? 0.4 : codes > 0 ? 0.8 : 1) *
    (/^[^ ]+(?: [^ ]+){0,3}: /.test(text) ? 0.7 : 1) *
    (/^(?:if|when|unless|there|because|although|by|within)\b/i.test(text) ? 0.6 : 1)
  );
}
