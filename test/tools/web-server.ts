import { createServer, type RequestListener } from "node:http";
import { createServer as createListener } from "node:net";
import { onTestFinished } from "vitest";

/** A server on 127.0.0.1 for one test, and what it was asked. */
export async function webServer(answer: RequestListener) {
  const requests: { method: string; url: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    // Whoever reads no further closes the connection.
    response.on("error", () => {});
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, port, requests };
}

/** A port on which nobody listens, of those that browsers may call. */
export function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createListener();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
