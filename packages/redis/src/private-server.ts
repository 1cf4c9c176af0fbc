import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { connect } from "./connection.js";

/** The longest path a unix socket can have on every system (104 bytes on macOS, 108 on Linux, with the closing NUL). */
const longestSocketPath = 103;

/** A Redis of our own, which nobody else can reach. */
export interface PrivateServer {
  url: string;
  /** Saves and ends the server; resolves when it has gone. */
  stop(): Promise<void>;
}

/**
 * Starts `command` (redis-server or valkey-server) with its data in `<home>/redis`: append-only file on, no eviction,
 * on a unix socket only its owner can open, or, where that path would be too long, on a free loopback port with a
 * random password. A server that an earlier, killed launcher left behind in the same folder is taken over.
 *
 * @throws with the end of the server's log when it does not answer within ten seconds.
 */
export async function startPrivateServer(command: string, home: string): Promise<PrivateServer> {
  const folder = join(resolve(home), "redis");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const addressFile = join(folder, "address");
  const left = await readFile(addressFile, "utf8").catch(() => undefined);
  if (left !== undefined && (await answers(left))) return { url: left, stop: () => shutDown(left, addressFile) };

  const { url, settings } = await chooseAddress(folder);
  const logFile = join(folder, "redis.log");
  const log = await open(logFile, "w", 0o600);
  // detached: Ctrl-C in a terminal reaches the whole process group, and Redis must outlive the workers that still write.
  const child = spawn(command, ["-"], { stdio: ["pipe", log.fd, log.fd], detached: true });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${command} ended with code ${code}`)));
  });
  failed.catch(() => {});
  const persistence = ["appendonly yes", "appendfsync everysec", 'save ""', `dir ${quote(folder)}`];
  // Settings come by standard input, so that the password never shows in the process list.
  child.stdin?.end([...settings, ...persistence, "maxmemory-policy noeviction", "daemonize no", ""].join("\n"));
  await log.close();
  try {
    await Promise.race([untilItAnswers(url), failed]);
  } catch (error) {
    child.kill("SIGTERM");
    const tail = (await readFile(logFile, "utf8").catch(() => "")).trim().split("\n").slice(-3).join(" | ");
    throw new Error(`The private Redis did not start: ${(error as Error).message}. Its log (${logFile}): ${tail}`);
  }
  child.unref();
  await writeFile(addressFile, url, { mode: 0o600 });
  return { url, stop: () => shutDown(url, addressFile) };
}

async function chooseAddress(folder: string): Promise<{ url: string; settings: string[] }> {
  const socket = join(folder, "redis.sock");
  if (Buffer.byteLength(socket) <= longestSocketPath) {
    return { url: `unix://${socket}`, settings: ["port 0", `unixsocket ${quote(socket)}`, "unixsocketperm 700"] };
  }
  const port = await freePort();
  const password = randomBytes(24).toString("hex");
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    settings: [`port ${port}`, "bind 127.0.0.1", "protected-mode yes", `requirepass ${password}`],
  };
}

/** The address of a private server that runs now for this state folder; `undefined` when none does. */
export async function runningPrivateServer(home: string): Promise<string | undefined> {
  const url = await readFile(join(resolve(home), "redis", "address"), "utf8").catch(() => undefined);
  return url !== undefined && (await answers(url)) ? url : undefined;
}

function quote(path: string): string {
  return `"${path.replace(/(["\\])/g, "\\$1")}"`;
}

async function answers(url: string): Promise<boolean> {
  try {
    const redis = await connect(url, "request");
    await redis.ping();
    redis.disconnect();
    return true;
  } catch {
    return false;
  }
}

async function untilItAnswers(url: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await answers(url))) {
    if (Date.now() > deadline) throw new Error("no answer within 10 s");
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

async function shutDown(url: string, addressFile: string): Promise<void> {
  try {
    const redis = await connect(url, "request");
    const gone = new Promise<void>((resolveGone) => redis.once("close", () => resolveGone()));
    // The server closes the connection instead of answering.
    redis.shutdown().catch(() => {});
    await gone;
    redis.disconnect();
  } catch {
    // It has gone already, which is what was wanted.
  }
  await rm(addressFile, { force: true });
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null ? resolvePort(address.port) : reject(new Error("no port")),
      );
    });
  });
}
