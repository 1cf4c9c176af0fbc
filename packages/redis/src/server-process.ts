import { spawn } from "node:child_process";
import { open } from "node:fs/promises";

/** How a process ended; both are null when nobody could see it. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The predicate of a sentence about a process that has ended. */
export function describeEnd({ code, signal }: ProcessEnd): string {
  if (signal !== null) return `was killed by ${signal}`;
  return code === null ? "ended" : `ended with code ${code}`;
}

/** A running Redis, started by this process or left behind by an earlier one. */
export interface ServerProcess {
  ended: Promise<ProcessEnd>;
  /** SIGTERM, upon which it saves and ends; SIGKILL when it has not after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface SpawnServerOptions {
  command: string;
  /** Lines of its configuration, which come by standard input, so that the password never shows in the process list. */
  settings: readonly string[];
  logFile: string;
  /** Whether the log of the process before is kept. */
  appendLog: boolean;
  /** Descriptor that it inherits and so holds while it lives; -1 for none. */
  heldFd: number;
}

/** @throws when the command cannot be run. */
export async function spawnServer(options: SpawnServerOptions): Promise<ServerProcess> {
  const { command, settings, logFile, appendLog, heldFd } = options;
  const log = await open(logFile, appendLog ? "a" : "w", 0o600);
  // detached: Ctrl-C in a terminal reaches the whole process group, and Redis must outlive the workers that still write.
  const child = spawn(command, ["-"], {
    stdio: ["pipe", log.fd, log.fd, ...(heldFd === -1 ? [] : [heldFd])],
    detached: true,
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once("exit", (code, signal) => {
      // A rewrite of the append-only file runs in a process of its own, which would go on writing.
      if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
      resolve({ code, signal });
    });
  });
  const spawned = new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.on("error", reject);
  });
  // It may end before it has read its configuration.
  child.stdin?.on("error", () => {});
  child.stdin?.end([...settings, ""].join("\n"));
  await Promise.all([spawned, log.close()]);
  child.unref();
  return {
    ended,
    stop: async (graceMs) => {
      child.ref();
      await stopWithin(ended, (signal) => child.kill(signal), graceMs);
    },
  };
}

/** How often a process of another parent, whose end nobody reports, is looked for. */
const lookEveryMs = 250;

/** A Redis that an earlier, killed process left behind and that answers now. */
export function adoptServer(pid: number): ServerProcess {
  let isOver = false;
  const ended = new Promise<ProcessEnd>((resolve) => {
    const timer = setInterval(() => {
      if (sendSignal(pid, 0)) return;
      clearInterval(timer);
      isOver = true;
      resolve({ code: null, signal: null });
    }, lookEveryMs);
  });
  // Once it has ended, the number may be that of another process.
  const send = (signal: NodeJS.Signals) => isOver || sendSignal(pid, signal);
  return { ended, stop: (graceMs) => stopWithin(ended, send, graceMs) };
}

async function stopWithin(
  ended: Promise<ProcessEnd>,
  send: (signal: NodeJS.Signals) => void,
  graceMs: number,
): Promise<void> {
  send("SIGTERM");
  const kill = setTimeout(() => send("SIGKILL"), graceMs);
  await ended;
  clearTimeout(kill);
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
