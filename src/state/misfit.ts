import { z } from "zod";

/** Why a value does not fit its schema, in one line. */
export const misfitOf = (error: z.ZodError): string => z.prettifyError(error).replace(/\s*\n\s*/g, " ");
