/** The interrupt of a run whose loop stands still; a resume goes on with it all the same. */
export interface Stall {
  kind: "stall";
  /** What came again: the same draft, the same objections, the same delegation. */
  repeated: string;
  message: string;
}

/** Whether an interrupt says that a loop stands still, rather than asking a person. */
export const isStall = (value: unknown): value is Stall =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "stall";
