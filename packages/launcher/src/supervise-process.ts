import type { RunningProcess } from "./start-process.js";
import { type SuperviseOptions, type Supervision, supervise } from "./supervise.js";

/** The API or a worker, whichever process it is at the time: its properties show the one that runs now. */
export interface SupervisedProcess extends RunningProcess, Supervision {}

export interface SuperviseProcessOptions extends Omit<SuperviseOptions, "start"> {
  spawn(): RunningProcess;
  /** Waits until a restart can succeed. */
  untilStartable(signal: AbortSignal): Promise<void>;
}

/** Starts a process and keeps it running until it is stopped here. */
export function superviseProcess({ spawn, untilStartable, ...options }: SuperviseProcessOptions): SupervisedProcess {
  let current: RunningProcess | undefined;
  const supervision = supervise({
    ...options,
    start: async (isRestart, signal) => {
      if (isRestart) await untilStartable(signal);
      signal.throwIfAborted();
      current = spawn();
      return current;
    },
  });
  const running = () => {
    if (current === undefined) throw new Error(`${options.name} has not been started`);
    return current;
  };
  return {
    start: supervision.start,
    settle: supervision.settle,
    release: supervision.release,
    get startFailure() {
      return supervision.startFailure;
    },
    get child() {
      return running().child;
    },
    get exited() {
      return running().exited;
    },
    get ended() {
      return running().ended;
    },
    stop: async (graceMs) => {
      await supervision.release();
      await current?.stop(graceMs);
    },
    kill: () => current?.kill(),
  };
}
