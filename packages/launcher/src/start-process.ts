import { type ChildProcess, fork } from "node:child_process";

/**
 * V8's young generation grows to 16 MiB on its own; 1 MiB takes about 20 MB off an idle API's RSS (107 → 85 MB). Optimized
 * for size, the old generation grows in smaller steps: API and supervisor take 167 to 172 MB when idle
 * instead of 181.
 */
const leanHeap = ["--max-semi-space-size=1", "--optimize-for-size"];

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
export function startProcess(entry: string, env: NodeJS.ProcessEnv, output: "inherit" | "ignore"): RunningProcess {
  const child = fork(entry, [], { env, detached: true, execArgv: leanHeap, stdio: ["ignore", output, output, "ipc"] });
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
