import { ToolError } from "../errors.ts";

/**
 * The bytes of a response, read as they come and counted after they were unpacked.
 *
 * @throws ToolError as soon as there are more than `maxBytes`; the rest is not waited for
 */
export async function bodyWithin(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  what: string,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    bytes += part.value.byteLength;
    if (bytes > maxBytes) {
      await reader?.cancel().catch(() => {});
      throw new ToolError(`${what} is larger than ${sizeOf(maxBytes)} and was not read.`);
    }
    chunks.push(part.value);
  }
  return Buffer.concat(chunks);
}

const sizeOf = (bytes: number) => (bytes < 1e5 ? `${bytes} bytes` : `${Math.round(bytes / 1e5) / 10} MB`);

/** A stream that fails after so many bytes. */
export function bodyLimited(body: ReadableStream<Uint8Array>, maxBytes: number): ReadableStream<Uint8Array> {
  let bytes = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) controller.error(new ToolError(`The answer is larger than ${sizeOf(maxBytes)}.`));
      else controller.enqueue(chunk);
    },
  });
  return body.pipeThrough(limit);
}
