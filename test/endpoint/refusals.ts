import { failure, type Reply } from "./replies.ts";
import { type ChatBody, type ChatTool, promptOf } from "./request.ts";
import { strictFaults } from "./strict-faults.ts";

/** What a limited endpoint can do; everything by default. */
export interface Supports {
  strict?: boolean;
  tools?: boolean;
  json?: boolean;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The 400 with which a strict endpoint refuses the request; undefined if it takes it. */
export function refusal(body: ChatBody, supports: Supports): Reply | undefined {
  return (
    unsupported(body, supports) ?? badMessages(body) ?? badFormat(body) ?? badTools(body) ?? badChoice(body)
  );
}

const refuse = (param: string, message: string) => failure(400, { message, param });

function unsupported(body: ChatBody, { strict = true, tools = true, json = true }: Supports) {
  const { response_format: format } = body;
  if (!strict && format?.type === "json_schema") {
    return refuse("response_format", "'response_format.type' json_schema is not supported by this model.");
  }
  if (!strict && body.tools?.some((tool) => tool.function?.strict)) {
    return refuse("tools", "'strict' tools are not supported by this model.");
  }
  if (!tools && body.tools?.length) return refuse("tools", "This model does not support tools.");
  if (!json && format?.type === "json_object") {
    return refuse("response_format", "'response_format.type' json_object is not supported by this model.");
  }
  return undefined;
}

/** Every tool call needs its result right after it, and every result its call. */
function badMessages({ messages }: ChatBody) {
  if (!Array.isArray(messages) || messages.length === 0) {
    return refuse("messages", "'messages' must be an array with at least one message.");
  }
  let open: string[] = [];
  for (const [i, message] of [...messages, { role: "user" as const }].entries()) {
    if (message.role === "tool") {
      if (!open.includes(message.tool_call_id ?? "")) {
        return refuse(
          `messages.[${i}].role`,
          "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
        );
      }
      open = open.filter((id) => id !== message.tool_call_id);
      continue;
    }
    if (open.length > 0) {
      return refuse(
        `messages.[${i}].role`,
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. These have no response: ${open.join(", ")}`,
      );
    }
    open = message.tool_calls?.map(({ id }) => id) ?? [];
  }
  return undefined;
}

function badFormat(body: ChatBody) {
  const { response_format: format } = body;
  if (format?.type === "json_object" && !/json/i.test(promptOf(body))) {
    return refuse(
      "messages",
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    );
  }
  if (format?.type !== "json_schema") return undefined;
  const { name = "", schema, strict } = format.json_schema ?? {};
  if (!NAME.test(name)) return refuse("response_format.json_schema.name", `Invalid name '${name}'.`);
  const faults = strict ? strictFaults(schema) : [];
  if (faults.length === 0) return undefined;
  return refuse("response_format", `Invalid schema for response_format '${name}': ${faults.join("; ")}.`);
}

function badTools({ tools = [] }: ChatBody) {
  for (const [i, tool] of tools.entries()) {
    const fault = toolFault(tool);
    if (fault) return refuse(`tools[${i}].function`, fault);
  }
  return undefined;
}

function toolFault({ function: fn }: ChatTool) {
  if (!fn || !NAME.test(fn.name)) return `Invalid function name '${fn?.name ?? ""}'.`;
  const faults = fn.strict ? strictFaults(fn.parameters) : [];
  if (faults.length > 0) return `Invalid schema for function '${fn.name}': ${faults.join("; ")}.`;
  if (fn.parameters && fn.parameters.type !== "object") {
    return `Invalid schema for function '${fn.name}': schema must be a JSON Schema of 'type: "object"'.`;
  }
  return undefined;
}

function badChoice({ tools = [], tool_choice: choice }: ChatBody) {
  if (choice === undefined) return undefined;
  if (tools.length === 0)
    return refuse("tool_choice", "'tool_choice' is only allowed when 'tools' are specified.");
  if (typeof choice === "string") {
    const known = ["auto", "none", "required"].includes(choice);
    return known ? undefined : refuse("tool_choice", `Invalid value: '${choice}'.`);
  }
  const name = choice.function?.name;
  if (tools.some((tool) => tool.function?.name === name)) return undefined;
  return refuse("tool_choice", `Tool choice '${name}' not found in 'tools' parameter.`);
}
