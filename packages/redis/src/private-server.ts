import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askServer, isServerReady } from "./ask-server.js";
import { connect } from "./connection.js";
import { addressFileOf, chooseAddress, listenAt, quote, readAddress } from "./private-address.js";
import { adoptServer, describeEnd, type ProcessEnd, type ServerProcess, spawnServer } from "./server-process.js";
import { createLivenessSocket, isHeld } from "./state-folder/liveness-socket.js";
import { type LockOptions, lockFolder } from "./state-folder/lock-folder.js";
import { waitUntilReady } from "./wait-until-ready.js";

/** A server that has not ended this long after SIGTERM is killed; what it has accepted is in its append-only file. */
const stopGraceMs = 10_000;

/** The same for one that does not answer, and for one that has not been ready yet and so has accepted nothing. */
const hungGraceMs = 2_000;
const abandonGraceMs = 500;

/** In the server's folder: the socket file that it holds while it lives. */
const aliveName = "alive.sock";

/** A Redis of our own, which nobody else can reach. */
export interface PrivateServer {
  url: string;
  /** Resolves when the process that runs now ends, whoever ended it. */
  ended(): Promise<ProcessEnd>;
  /**
   * Starts the server again, after it has ended, at the same address.
   *
   * @throws with the end of the server's log when it does not come up; when `signal` aborts.
   */
  start(signal?: AbortSignal): Promise<void>;
  /** Saves and ends the server, and gives the state folder back; resolves when it has ended. */
  stop(): Promise<void>;
}

export interface PrivateServerOptions extends LockOptions {
  /** redis-server or valkey-server. */
  command: string;
  home: string;
  onProgress?: ((message: string) => void) | undefined;
}

/**
 * Starts a server with its data in `<home>/redis`: append-only file on, no eviction, on a unix socket only its owner can
 * open, or, where that path would be too long, on a free loopback port with a random password. This process owns the
 * state folder from then on. A server that an earlier, killed owner left behind in it is taken over.
 *
 * @throws {FolderInUseError} when another process owns the folder.
 * @throws with the end of the server's log when it does not come up; when `signal` aborts.
 */
export async function startPrivateServer(options: PrivateServerOptions): Promise<PrivateServer> {
  const { command, home, signal, onProgress } = options;
  const folder = join(resolve(home), "redis");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const lock = await lockFolder(home, options);
  try {
    const left = await findLeftServer(folder);
    const url = left ?? (await chooseAddress(folder));
    // Before it starts, so that even one that is still loading when this process is killed is found again.
    if (left === undefined) await writeFile(addressFileOf(folder), url, { mode: 0o600 });
    const place = { command, folder, url, onProgress };
    let server = left === undefined ? undefined : await takeOver({ ...place, signal });
    server ??= await startServer({ ...place, signal, appendLog: false });
    let current: ServerProcess = server;
    return {
      url,
      ended: () => current.ended,
      start: async (abort) => {
        current = await startServer({ ...place, signal: abort, appendLog: true });
      },
      stop: async () => {
        await current.stop((await isServerReady(url)) ? stopGraceMs : hungGraceMs);
        await rm(addressFileOf(folder), { force: true });
        await rm(join(folder, aliveName), { force: true });
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Place {
  command: string;
  folder: string;
  url: string;
  signal: AbortSignal | undefined;
  onProgress: ((message: string) => void) | undefined;
}

async function startServer({ appendLog, ...place }: Place & { appendLog: boolean }): Promise<ServerProcess> {
  const { command, folder, url } = place;
  const logFile = join(folder, "redis.log");
  const persistence = ["appendonly yes", "appendfsync everysec", 'save ""', `dir ${quote(folder)}`];
  const settings = [...listenAt(url), ...persistence, "maxmemory-policy noeviction", "daemonize no"];
  const alive = await createLivenessSocket(folder, aliveName);
  const server = await spawnServer({ command, settings, logFile, appendLog, heldFd: alive.fd }).finally(alive.close);
  try {
    await untilReady(place, server.ended);
    return server;
  } catch (error) {
    await server.stop(abandonGraceMs);
    place.signal?.throwIfAborted();
    const tail = (await readFile(logFile, "utf8").catch(() => "")).trim().split("\n").slice(-3).join(" | ");
    throw new Error(`The private Redis did not start: ${(error as Error).message}. Its log (${logFile}): ${tail}`);
  }
}

/** The server that a killed owner left behind, once it answers; `undefined` when it has ended meanwhile. */
async function takeOver(place: Place): Promise<ServerProcess | undefined> {
  const { folder, url, signal } = place;
  const waiting = new AbortController();
  try {
    await untilReady(place, untilReleased(folder, waiting.signal));
    return adoptServer(await readProcessId(url));
  } catch (error) {
    signal?.throwIfAborted();
    if (!(await isHeld(folder, aliveName))) return undefined;
    throw new Error(
      `A Redis that was started earlier still runs in ${folder} and cannot be used: ${(error as Error).message}. End it, then start again`,
    );
  } finally {
    waiting.abort();
  }
}

/** @throws when the process ends first, or says nothing for too long. */
async function untilReady({ command, url, signal, onProgress }: Place, ended: Promise<ProcessEnd>): Promise<void> {
  const waiting = new AbortController();
  const signals = [waiting.signal, ...(signal === undefined ? [] : [signal])];
  const failed = ended.then((end) => {
    throw new Error(`${command} ${describeEnd(end)}`);
  });
  try {
    const options = { name: "The private Redis", signal: AbortSignal.any(signals), onProgress };
    await Promise.race([waitUntilReady(url, options), failed]);
  } finally {
    waiting.abort();
  }
}

/** Resolves when no process holds the server's socket file any more; stays pending once `signal` has aborted. */
async function untilReleased(folder: string, signal: AbortSignal): Promise<ProcessEnd> {
  while (await isHeld(folder, aliveName)) {
    await sleep(250, undefined, { signal }).catch(() => new Promise(() => {}));
  }
  return { code: null, signal: null };
}

/** The address of a server that still runs in the folder, though its owner is dead. */
async function findLeftServer(folder: string): Promise<string | undefined> {
  const url = await readAddress(folder);
  if (url === undefined) return undefined;
  if (await isHeld(folder, aliveName)) return url;
  // Of a version that held no such file, or the file was removed. Two servers must not write to one append-only file.
  if ((await askServer(url)).state !== "silent") await shutDown(url);
  return undefined;
}

async function shutDown(url: string): Promise<void> {
  const redis = await connect(url, "request");
  const closed = new Promise<void>((resolveClosed) => redis.once("close", resolveClosed));
  // The server closes the connection instead of answering.
  redis.shutdown().catch(() => {});
  await closed;
  redis.disconnect();
}

async function readProcessId(url: string): Promise<number> {
  const redis = await connect(url, "request");
  try {
    return Number(/^process_id:(\d+)/m.exec(await redis.info("server"))?.[1]);
  } finally {
    redis.disconnect();
  }
}
