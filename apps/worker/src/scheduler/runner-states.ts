import type { ModelState } from "@precis/contracts";

/**
 * The states of one model on one worker, as a pure table.
 *
 * ```
 * absent → loading → ready ⇄ busy → draining → terminating → absent
 * ```
 *
 * A model is a process: loading starts it, terminating waits for its exit; draining lets its running jobs finish first. The
 * property test holds the table to these invariants: at most one process exists; jobs are admitted in `ready` and `busy` only; an
 * unload is a barrier, so jobs that arrive while it lasts wait until the process has exited and then load the model again.
 */
export interface RunnerStatus {
  readonly state: ModelState;
  /** Jobs inside the process. */
  readonly inFlight: number;
  /** Jobs that wait to be admitted. */
  readonly waiting: number;
  /** Set by `stop` and never removed: the model is not loaded again. */
  readonly isStopped: boolean;
}

export type RunnerEvent =
  /** A job needs the model. */
  | "job-arrived"
  /** A waiting job was cancelled. */
  | "job-withdrawn"
  /** The model is to be loaded without a job. */
  | "load"
  /** The process has loaded the model. */
  | "loaded"
  /** The process could not load the model. */
  | "load-failed"
  /** Memory is short: no process was started. */
  | "load-refused"
  /** A job has left the process. */
  | "job-finished"
  /** Unload once the running jobs have finished. */
  | "unload-graceful"
  /** Unload and requeue the running jobs. */
  | "unload-immediate"
  /** The process has exited, for whatever reason. */
  | "exited"
  /** The worker stops. */
  | "stop";

export type RunnerEffect =
  | "start-process"
  | "end-process"
  | "admit-job"
  | "fail-in-flight"
  | "requeue-in-flight"
  | "fail-waiting"
  | "requeue-waiting"
  | "resolve-unloads";

export interface Transition {
  status: RunnerStatus;
  effects: RunnerEffect[];
}

export const initialStatus: RunnerStatus = { state: "absent", inFlight: 0, waiting: 0, isStopped: false };

/** Whether the model is being unloaded. */
export const isUnloading = (state: ModelState) => state === "draining" || state === "terminating";

/** Whether the model can run a job at once. */
export const isLoaded = (state: ModelState) => state === "ready" || state === "busy";

type Row = Partial<Record<RunnerEvent, (status: RunnerStatus, limit: number) => Transition>>;

const next = (status: RunnerStatus, ...effects: RunnerEffect[]): Transition => ({ status, effects });
const addWaiting = (status: RunnerStatus, count: number): RunnerStatus => ({
  ...status,
  waiting: status.waiting + count,
});

/** Admits waiting jobs up to the limit, with one effect for each. */
function admit(status: RunnerStatus, limit: number): Transition {
  const count = Math.max(0, Math.min(status.waiting, limit - status.inFlight));
  const inFlight = status.inFlight + count;
  return next(
    { ...status, state: inFlight > 0 ? "busy" : "ready", inFlight, waiting: status.waiting - count },
    ...Array<RunnerEffect>(count).fill("admit-job"),
  );
}

const load = (status: RunnerStatus): Transition => next({ ...status, state: "loading" }, "start-process");
const drain = (status: RunnerStatus): Transition => next({ ...status, state: "draining" });
const terminate = (status: RunnerStatus, ...effects: RunnerEffect[]): Transition =>
  next({ ...status, state: "terminating", inFlight: 0 }, ...effects, "end-process");

/** No process has been started, or it has exited before it had a job. */
const abandonLoad = (status: RunnerStatus, ...effects: RunnerEffect[]): Transition =>
  next({ ...status, state: "absent", waiting: 0 }, ...effects);

/** The process has exited: it is started again if jobs wait. */
function exit(status: RunnerStatus, ...effects: RunnerEffect[]): Transition {
  const absent: RunnerStatus = { ...status, state: "absent", inFlight: 0 };
  if (absent.waiting === 0) return next(absent, ...effects);
  if (absent.isStopped) return next({ ...absent, waiting: 0 }, ...effects, "requeue-waiting");
  return next({ ...absent, state: "loading" }, ...effects, "start-process");
}

const waitForExit = (status: RunnerStatus): Transition =>
  status.isStopped ? next(status, "requeue-waiting") : next(addWaiting(status, 1));

/** Requeues the waiting jobs, and continues as the state demands. */
const stopAnd =
  (proceed: (status: RunnerStatus) => Transition) =>
  (status: RunnerStatus): Transition => {
    const effects: RunnerEffect[] = status.waiting > 0 ? ["requeue-waiting"] : [];
    const then = proceed({ ...status, waiting: 0, isStopped: true });
    return next(then.status, ...effects, ...then.effects);
  };

const table: Record<ModelState, Row> = {
  absent: {
    "job-arrived": (status) => (status.isStopped ? next(status, "requeue-waiting") : load(addWaiting(status, 1))),
    load: (status) => (status.isStopped ? next(status) : load(status)),
    "unload-graceful": (status) => next(status, "resolve-unloads"),
    "unload-immediate": (status) => next(status, "resolve-unloads"),
    stop: stopAnd((status) => next(status, "resolve-unloads")),
  },
  loading: {
    "job-arrived": (status) => next(addWaiting(status, 1)),
    "job-withdrawn": (status) => next(addWaiting(status, -1)),
    loaded: admit,
    // The process that reported it still exists; the next load waits for its exit.
    "load-failed": (status) => terminate({ ...status, waiting: 0 }, "fail-waiting"),
    "load-refused": (status) => abandonLoad(status, "requeue-waiting"),
    exited: (status) => abandonLoad(status, "fail-waiting"),
    "unload-graceful": (status) => terminate(status),
    "unload-immediate": (status) => terminate(status),
    stop: stopAnd((status) => terminate(status)),
  },
  ready: {
    "job-arrived": (status, limit) => admit(addWaiting(status, 1), limit),
    "unload-graceful": (status) => terminate(status),
    "unload-immediate": (status) => terminate(status),
    exited: (status) => exit(status),
    stop: stopAnd((status) => terminate(status)),
  },
  busy: {
    "job-arrived": (status, limit) => admit(addWaiting(status, 1), limit),
    "job-withdrawn": (status) => next(addWaiting(status, -1)),
    "job-finished": (status, limit) => admit({ ...status, inFlight: status.inFlight - 1 }, limit),
    "unload-graceful": drain,
    "unload-immediate": (status) => terminate(status, "requeue-in-flight"),
    exited: (status) => exit(status, "fail-in-flight"),
    stop: stopAnd(drain),
  },
  draining: {
    "job-arrived": waitForExit,
    "job-withdrawn": (status) => next(addWaiting(status, -1)),
    "job-finished": (status) =>
      status.inFlight > 1 ? next({ ...status, inFlight: status.inFlight - 1 }) : terminate(status),
    "unload-immediate": (status) => terminate(status, "requeue-in-flight"),
    exited: (status) => exit(status, "fail-in-flight", "resolve-unloads"),
    stop: stopAnd((status) => next(status)),
  },
  terminating: {
    "job-arrived": waitForExit,
    "job-withdrawn": (status) => next(addWaiting(status, -1)),
    "load-refused": (status) => abandonLoad(status, "requeue-waiting", "resolve-unloads"),
    exited: (status) => exit(status, "resolve-unloads"),
    stop: stopAnd((status) => next(status)),
  },
};

/**
 * The next status and what must be done. An event that means nothing in a state changes nothing.
 *
 * @param limit maximum number of jobs inside the process
 */
export function transition(status: RunnerStatus, event: RunnerEvent, limit: number): Transition {
  return table[status.state][event]?.(status, limit) ?? next(status);
}
