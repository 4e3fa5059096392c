const COURTESY =
  /^(?:please|kindly|can you|could you|would you|i want you to|i need you to|i would like you to|help me(?: to)?)[\s,]+/i;
const PRODUCT =
  /^(?:write|draft|compose|create|prepare|produce|give(?: me)?|make)\s+(?:me\s+)?(?:an?|the|some)?\s*(?:[\w-]+\s+){0,3}?(?:article|essay|post|report|overview|summary|guide|introduction|explanation|piece|text|paper|comparison|outline|digest|tutorial|documentation|email|note)s?\s+(?:about|on|of|for|explaining|describing|to|that (?:explains|describes))\s+/i;
const REQUEST =
  /^(?:(?:explain|describe|summari[sz]e|outline|discuss|research|investigate|document|introduce|explore|present)|tell me|find out|write about|report on|look up|give me)\s+(?:to me\s+)?(?:about\s+)?(?:in (?:detail|short|brief)\s+)?/i;
const LONGEST = 90;

/** What a task is about: its first sentence without the courtesy and the verb that asks. */
export function topicOf(task: string): string {
  const first = task.trim().split(/(?<=[.!?])\s+|\n/)[0] ?? "";
  const asked = first.replace(COURTESY, "").replace(PRODUCT, "");
  const topic = (asked === "" ? first : asked).replace(REQUEST, "").replace(/[\s.:;,!]+$/, "");
  return shortened(topic || first.trim() || "the task");
}

/** A title for a work on a task. */
export function titleOf(task: string): string {
  const topic = topicOf(task);
  return topic.charAt(0).toUpperCase() + topic.slice(1);
}

/** A text cut between words, with a mark where it was cut. */
export function shortened(text: string, longest = LONGEST): string {
  if (text.length <= longest) return text;
  const cut = text.slice(0, longest);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), longest / 2)).replace(/[,;:\s]+$/, "")}…`;
}
