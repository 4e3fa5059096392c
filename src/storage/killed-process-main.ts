import { Worker } from "node:worker_threads";

/**
 * Answers the questions of the process that started this one by `askProcess`.
 *
 * A thread of its own kills the process where it takes more than `maxBytes`, or where nobody waits for it any more:
 * the one that works looks at nothing before it is done.
 */
export function answerQuestions<Question, Answer>(
  maxBytes: number,
  answer: (question: Question) => Answer | Promise<Answer>,
): void {
  const watch = `setInterval(() => {
    if (process.memoryUsage.rss() > ${maxBytes} || process.ppid !== ${process.ppid}) process.kill(process.pid, "SIGKILL");
  }, 20)`;
  new Worker(watch, { eval: true });
  process.on("message", async (question: Question) => process.send?.(await answer(question)));
  process.on("disconnect", () => process.exit());
}
