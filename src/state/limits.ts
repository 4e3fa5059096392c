/**
 * The config of a compiled workflow whose loops have bounds of their own: LangGraph's recursion limit
 * stays out of their way, and still ends what would go on for ever.
 */
export const OWN_BOUNDS = { recursionLimit: 10_000 };
