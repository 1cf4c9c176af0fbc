import { type ChildProcess, fork } from "node:child_process";
import type { ProcessEnd } from "@precis/redis";

/**
 * V8 options. A supervisor has little to do and should hold little: a young generation of 1 MiB that does not grow to 16.
 * `--optimize-for-size` would spare no memory beside that and cost 0.3 ms of CPU for each job. The API's may grow to 16 MiB, with
 * which it takes a tenth more submissions a second than with 4; it gives the room back itself when it is quiet.
 */
export const leanHeap = {
  api: ["--max-semi-space-size=16"],
  worker: ["--max-semi-space-size=1"],
};

/**
 * For glibc, read when a process starts: a worker's blocks from 64 kB on go back to the system when they are freed, so that
 * after an unload it is as small as before the first load to 3 %, not 5.
 */
export const leanMalloc = { MALLOC_MMAP_THRESHOLD_: "65536" };

/** A process of ours: the API or a worker. */
export interface RunningProcess {
  readonly child: ChildProcess;
  /** Its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly ended: Promise<ProcessEnd>;
  /** SIGTERM, and SIGKILL when it has not ended after `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL, for the processes it has started too. */
  kill(): void;
}

/**
 * Starts an app's entry file. It is detached, since Ctrl-C in a terminal would otherwise reach it before its turn, and
 * ends by itself when the IPC channel to this process breaks.
 */
export function startProcess(
  entry: string,
  env: NodeJS.ProcessEnv,
  output: "inherit" | "ignore",
  execArgv: readonly string[],
): RunningProcess {
  const child = fork(entry, [], {
    env,
    detached: true,
    execArgv: [...execArgv],
    stdio: ["ignore", output, output, "ipc"],
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once("exit", (code, signal) => {
      // The model processes of a dead worker end by themselves; killed, they cannot be in the way of the next worker's.
      killGroup();
      resolve({ code, signal });
    });
    // One that could not be started has no exit.
    child.on("error", () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
  const killGroup = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // Nobody is left.
    }
  };
  let isStopping = false;
  return {
    child,
    exited: ended.then(({ code }) => code),
    ended,
    stop: async (graceMs) => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      // A second SIGTERM would force it.
      if (!isStopping) child.kill("SIGTERM");
      isStopping = true;
      const kill = setTimeout(killGroup, graceMs);
      await ended;
      clearTimeout(kill);
    },
    kill: killGroup,
  };
}
