import { tool } from "@langchain/core/tools";
import { z } from "zod";

/** A tool that acts on the outside world, and remembers whom it sent something to. */
export function sendTool() {
  const sent: string[] = [];
  const send = tool(
    ({ to }) => {
      sent.push(to);
      return "It is sent.";
    },
    { name: "send", description: "Sends.", schema: z.object({ to: z.string() }) },
  );
  return { send, sent };
}
