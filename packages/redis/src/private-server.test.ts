import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { isServerReady } from "./ask-server.js";
import { connect } from "./connection.js";
import { type PrivateServer, startPrivateServer } from "./private-server.js";

const built = fileURLToPath(new URL("../dist/private-server.js", import.meta.url));
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "precis-server-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const start = (more: Partial<Parameters<typeof startPrivateServer>[0]> = {}) =>
  startPrivateServer({ command: "redis-server", home, ...more });

async function use<Result>(url: string, work: (redis: Awaited<ReturnType<typeof connect>>) => Promise<Result>) {
  const redis = await connect(url, "request");
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

const pidOf = (url: string) =>
  use(url, async (redis) => Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]));

async function killServer(server: PrivateServer): Promise<void> {
  const ended = server.ended();
  process.kill(await pidOf(server.url), "SIGKILL");
  expect((await ended).signal).not.toBe("SIGTERM");
}

/** A `redis-server` whose keys take long to load. */
async function slowServer(delayUs: number): Promise<string> {
  const command = join(home, "slow-redis");
  const options = `--key-load-delay ${delayUs} --loading-process-events-interval-bytes 1024`;
  await writeFile(command, `#!/bin/sh\nexec redis-server ${options} -\n`);
  await chmod(command, 0o700);
  return command;
}

async function fill(url: string, keys: number): Promise<void> {
  await use(url, async (redis) => {
    for (let from = 0; from < keys; from += 1_000) {
      await Promise.all(Array.from({ length: 1_000 }, (_, index) => redis.set(`key:${from + index}`, "value")));
    }
  });
}

it.each(["", "deep/".repeat(30)])("is started again at the same address, with its data (%s)", async (depth) => {
  const server = await start({ home: join(home, depth) });
  onTestFinished(() => server.stop());
  await use(server.url, (redis) => redis.set("a", "1"));
  await killServer(server);
  expect(await isServerReady(server.url)).toBe(false);
  await server.start();
  expect(await use(server.url, (redis) => redis.get("a"))).toBe("1");
});

it("what a killed process left behind is taken over, watched, and stopped in the end", async () => {
  const script = `
    import { startPrivateServer } from ${JSON.stringify(built)};
    const server = await startPrivateServer({ command: "redis-server", home: ${JSON.stringify(home)} });
    console.log(server.url);
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await once(child.stdout, "data");
  const pid = await pidOf(String(url).trim());
  child.kill("SIGKILL");
  await once(child, "exit");

  const server = await start();
  expect(await pidOf(server.url)).toBe(pid);
  await killServer(server);
  await server.start();
  expect(await pidOf(server.url)).not.toBe(pid);
  await server.stop();
  expect(await isServerReady(server.url)).toBe(false);
});

it("a server that loads for long is waited for, which is said once", async () => {
  const first = await start();
  await fill(first.url, 14_000);
  await first.stop();
  const said: string[] = [];
  const server = await start({ command: await slowServer(1_000), onProgress: (message) => said.push(message) });
  expect(await use(server.url, (redis) => redis.dbsize())).toBe(14_000);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^The private Redis is loading its data from disk \(\d+ % so far\)/);
  await server.stop();
});

it("waiting for a server that loads can be cut short, and ends it", async () => {
  const first = await start();
  await fill(first.url, 5_000);
  await first.stop();
  const asked = new AbortController();
  const command = await slowServer(2_000);
  await expect(start({ command, signal: asked.signal, onProgress: () => asked.abort() })).rejects.toThrow(/abort/);
  // Nothing holds the folder any more, and nothing was lost.
  const server = await start();
  expect(await use(server.url, (redis) => redis.dbsize())).toBe(5_000);
  await server.stop();
});

it("a server that cannot start says why, and leaves the folder to the next", async () => {
  const command = join(home, "broken-redis");
  await writeFile(command, "#!/bin/sh\necho 'out of order'\nexit 3\n");
  await chmod(command, 0o700);
  await expect(start({ command })).rejects.toThrow(/broken-redis ended with code 3.*out of order/);
  await expect(start({ command: join(home, "missing") })).rejects.toThrow(/ENOENT/);
  const server = await start();
  expect(await readFile(join(home, "redis", "address"), "utf8")).toBe(server.url);
  await server.stop();
});
