import { hashOf } from "../resilience/durable-call.ts";

/** Items in an order as if by lot, which favours none of them and is the same at each resume: by what names each. */
export function byLot<Each>(items: readonly Each[], namesOf: (each: Each) => readonly unknown[]): Each[] {
  const lots = items.map((each) => ({ each, lot: hashOf(...namesOf(each)) }));
  return lots.sort((one, other) => (one.lot < other.lot ? -1 : 1)).map(({ each }) => each);
}
