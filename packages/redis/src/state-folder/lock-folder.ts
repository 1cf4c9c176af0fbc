import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FolderOwner, folderOwnerSchema } from "@precis/contracts";
import { createLivenessSocket, isHeld } from "./liveness-socket.js";

/** How often an owner touches its record, and for how long one on another machine is watched for that. */
const heartbeatMs = 2_000;
const foreignWatchMs = 3 * heartbeatMs;

/** How long an owner that keeps the folder for one command only is waited for. */
const briefWaitMs = 15_000;

/** A state folder that belongs to this process until it is released, or dead. */
export interface FolderLock {
  release(): Promise<void>;
}

/** Another living process owns the state folder. */
export class FolderInUseError extends Error {
  override name = "FolderInUseError";
  constructor(
    folder: string,
    readonly owner: FolderOwner,
  ) {
    const where = owner.host === hostname() ? "" : ` on ${owner.host}`;
    super(
      `The state folder ${folder} is in use by another Precis (process ${owner.pid}${where}): stop that one, or set PRECIS_HOME to a folder of its own`,
    );
  }
}

export interface LockOptions {
  /** The folder is needed for one short command only. Whoever comes meanwhile waits instead of being refused. */
  brief?: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * Makes this process the only owner of a state folder. Each owner leaves a numbered record, `lock/owner.<n>`, and the
 * highest number counts: whoever finds it dead creates the next one, which the file system grants to one only. A record
 * is never removed by its own process, so no number is ever given out twice and a slow process cannot take an old one.
 * See docs/decisions/0009-one-owner-of-a-state-folder.md.
 *
 * @throws {FolderInUseError} when a living process owns it.
 */
export async function lockFolder(home: string, { brief = false, signal }: LockOptions = {}): Promise<FolderLock> {
  const folder = join(resolve(home), "lock");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const id = randomBytes(6).toString("hex");
  const socketName = `${id}.sock`;
  const socket = await createLivenessSocket(folder, socketName);
  const self: FolderOwner = {
    pid: process.pid,
    host: hostname(),
    boot: await bootId(),
    socket: socketName,
    brief,
    released: false,
  };
  const draft = join(folder, `${id}.tmp`);
  await writeFile(draft, JSON.stringify(self), { mode: 0o600 });
  try {
    const record = await claim(resolve(home), folder, draft, self, signal);
    const heartbeat = setInterval(() => {
      const now = new Date();
      utimes(record, now, now).catch(() => {});
    }, heartbeatMs);
    heartbeat.unref();
    return {
      release: async () => {
        clearInterval(heartbeat);
        await writeFile(record, JSON.stringify({ ...self, released: true })).catch(() => {});
        await socket.close();
        await rm(join(folder, socketName), { force: true });
      },
    };
  } catch (error) {
    await socket.close();
    await rm(join(folder, socketName), { force: true });
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Creates the record that follows the highest one, as soon as that one's owner is dead; resolves with its path. */
async function claim(
  home: string,
  folder: string,
  draft: string,
  self: FolderOwner,
  signal?: AbortSignal,
): Promise<string> {
  const deadline = Date.now() + briefWaitMs;
  while (true) {
    signal?.throwIfAborted();
    const highest = (await recordNumbers(folder)).at(-1) ?? 0;
    const owner = await readRecord(folder, highest);
    if (owner !== undefined && (await isAlive(folder, highest, owner, self))) {
      if (!owner.brief || Date.now() > deadline) throw new FolderInUseError(home, owner);
      await sleep(100);
      continue;
    }
    const record = recordPath(folder, highest + 1);
    const created = await link(draft, record).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST") return false;
        throw error;
      },
    );
    if (!created) continue;
    const numbers = await recordNumbers(folder);
    if (numbers.at(-1) !== highest + 1) {
      // Too slow: the number had been given out and outlived before.
      await rm(record, { force: true });
      continue;
    }
    // The one before stays, so that whoever lists the folder just now finds a high number whatever it misses.
    await Promise.all(numbers.slice(0, -2).map((number) => rm(recordPath(folder, number), { force: true })));
    if (owner !== undefined) await rm(join(folder, owner.socket), { force: true });
    return record;
  }
}

const recordPath = (folder: string, number: number) => join(folder, `owner.${number}`);

async function recordNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => /^owner\.(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** A record that cannot be read was cut off by a power failure, so its owner is dead. */
async function readRecord(folder: string, number: number): Promise<FolderOwner | undefined> {
  try {
    return folderOwnerSchema.parse(JSON.parse(await readFile(recordPath(folder, number), "utf8")));
  } catch {
    return undefined;
  }
}

async function isAlive(folder: string, number: number, owner: FolderOwner, self: FolderOwner): Promise<boolean> {
  if (owner.released) return false;
  if (await isHeld(folder, owner.socket)) return true;
  const sameKernel = owner.boot === self.boot && (owner.boot !== "" || owner.host === self.host);
  if (sameKernel) return false;
  // The machine has been rebooted since, or the owner is on another one, where a socket in a shared folder cannot be
  // asked. There, a record that is still touched says that its owner lives.
  const touched = async () => (await stat(recordPath(folder, number)).catch(() => undefined))?.mtimeMs;
  const before = await touched();
  const deadline = Date.now() + foreignWatchMs;
  while (Date.now() < deadline) {
    await sleep(500);
    if ((await touched()) !== before) return true;
  }
  return false;
}

function bootId(): Promise<string> {
  return readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
    (text) => text.trim(),
    () => "",
  );
}
