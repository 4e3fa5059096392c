import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Deliver } from "../../graphs/support/delivery.ts";

/** What the channel to a customer says of a message. */
interface Receipt {
  /** How many messages the customer had before. */
  before: number;
}

/** What the customer of one run was sent: a file that outlives the process that sends. */
export class Outbox {
  readonly file: string;
  readonly #sending: <Result>(send: () => Result) => Promise<Result>;

  /** `sending` stands around each message that is sent. */
  constructor(
    file: string,
    sending: <Result>(send: () => Result) => Promise<Result> = async (send) => send(),
  ) {
    this.file = file;
    this.#sending = sending;
  }

  /** The idempotency key of each message, oldest first; one that was sent twice is there twice. */
  get sent(): string[] {
    return existsSync(this.file) ? readFileSync(this.file, "utf8").split("\n").slice(0, -1) : [];
  }

  readonly deliver: Deliver = ({ idempotencyKey }) =>
    this.#sending((): Receipt => {
      const before = this.sent.length;
      appendFileSync(this.file, `${idempotencyKey}\n`);
      return { before };
    });

  /** The receipt of a message, if it was sent. */
  receiptOf(idempotencyKey: string): Receipt | undefined {
    const before = this.sent.indexOf(idempotencyKey);
    return before < 0 ? undefined : { before };
  }
}
