import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a server that can be cut, as when a server or the network goes away. */
export interface Proxy {
  /** The server's address by way of the proxy. */
  url: string;
  /** Breaks every connection and lets none in. */
  cut(): Promise<void>;
  /** Lets connections in again. */
  mend(): Promise<void>;
}

/** Opens a proxy in front of the server of an address, on a free port of 127.0.0.1. */
export async function openProxy(address: string): Promise<Proxy> {
  const url = new URL(address);
  const target = { host: url.hostname, port: Number(url.port || 5432) };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  url.host = `127.0.0.1:${port}`;
  const cut = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { url: url.toString(), cut, mend: () => listen(port) };
}
