import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { environment } from "./packed.ts";

/** An HTTP service in a process of its own. */
export interface Service {
  post: (body: unknown) => Promise<{ status: number; body: unknown }>;
  close: () => Promise<void>;
}

/**
 * Starts a script that serves on the port in PORT, and waits until it answers.
 *
 * @throws Error with what it has printed if it ends before
 */
export async function startService(folder: string, script: string): Promise<Service> {
  const port = await freePort();
  const service = spawn(process.execPath, [script], {
    cwd: folder,
    env: environment({ PORT: String(port) }),
  });
  const exit = new Promise((resolve) => service.once("exit", resolve));
  let printed = "";
  for (const output of [service.stdout, service.stderr]) {
    output.on("data", (text) => {
      printed += text;
    });
  }
  const url = `http://localhost:${port}`;
  while (!(await fetch(url).catch(() => undefined))) {
    if (service.exitCode !== null) throw new Error(`${script} ended before it answered:\n${printed}`);
    await sleep(50);
  }
  return {
    post: async (body) => {
      const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    },
    close: async () => {
      service.kill("SIGKILL");
      await exit;
    },
  };
}
