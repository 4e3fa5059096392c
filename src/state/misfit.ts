import type { z } from "zod";

/** Why a value does not fit its schema, in one line: each field with its fault. */
export const misfitOf = ({ issues }: z.core.$ZodError): string =>
  issues
    .map(({ path, message }) => (path.length > 0 ? `"${path.join(".")}": ${message}` : message))
    .join("; ");
