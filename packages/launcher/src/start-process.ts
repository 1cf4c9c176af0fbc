import { type ChildProcess, fork } from "node:child_process";

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
  readonly exited: Promise<number | null>;
  /** SIGTERM, and SIGKILL when it has not gone after `graceMs`. */
  stop(graceMs: number): Promise<void>;
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
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return {
    child,
    exited,
    stop: async (graceMs) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await exited;
      clearTimeout(kill);
    },
  };
}
