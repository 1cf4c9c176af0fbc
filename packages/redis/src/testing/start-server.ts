import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestServer {
  port: number;
  url: string;
  stop(): Promise<void>;
}

/** A redis-server with the given lines of configuration, on a free loopback port unless they name one (`port 0`). */
export async function startServer(lines: readonly string[] = [], args: readonly string[] = []): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "precis-server-"));
  const port = await freePort();
  const file = join(folder, "redis.conf");
  const own = lines.some((line) => line.startsWith("port ")) ? [] : [`port ${port}`];
  const written = lines.map((line) => line.replaceAll("{port}", String(port)));
  await writeFile(file, [...own, "bind 127.0.0.1", 'save ""', `dir ${folder}`, ...written, ""].join("\n"));
  const child = spawn("redis-server", [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
      if (/[Rr]eady to accept connections|Sentinel ID is|Loading RDB/.test(output)) resolve();
    });
    void exited.then(() => reject(new Error(`redis-server ended at its start: ${output}`)));
  });
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      child.kill("SIGKILL");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
