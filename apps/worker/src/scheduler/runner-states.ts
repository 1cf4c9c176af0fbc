import type { ModelState } from "@precis/contracts";

/**
 * The life of one model on one worker, as a pure state table.
 *
 * ```
 * absent → loading → ready ⇄ busy → unloading → absent
 * ```
 *
 * A model is a process: loading is starting it, unloading is its exit. Invariants, which the property test holds it to:
 * at most one process exists; jobs are only admitted in `ready` and `busy`; an unload is a barrier, that is, jobs that
 * arrive while it lasts wait until the process has gone and then load the model again.
 */
export interface LifecycleState {
  readonly phase: ModelState;
  /** Jobs inside the process. */
  readonly inFlight: number;
  /** Jobs waiting to be admitted. */
  readonly waiting: number;
  /** Set for good by `stop`: nothing is loaded any more. */
  readonly stopped: boolean;
}

export type LifecycleEvent =
  /** A job needs the model. */
  | "demand"
  /** A waiting job was cancelled. */
  | "withdraw"
  /** Somebody wants it loaded without a job. */
  | "warm"
  /** The process said it is ready. */
  | "loaded"
  /** The process could not load the model. */
  | "load-failed"
  /** Loading was refused, for want of memory, before a process was started. */
  | "refused"
  /** A job in the process has ended. */
  | "finished"
  /** Unload, letting running jobs end. */
  | "drain"
  /** Unload, putting running jobs back into the queue. */
  | "unload-now"
  /** The process has gone, for whatever reason. */
  | "exited"
  /** The worker stops. */
  | "stop";

export type LifecycleEffect =
  | "start-process"
  | "end-process"
  | "admit"
  | "fail-in-flight"
  | "requeue-in-flight"
  | "fail-waiting"
  | "requeue-waiting"
  | "settle-unload";

export interface Transition {
  state: LifecycleState;
  effects: LifecycleEffect[];
}

export const initialState: LifecycleState = { phase: "absent", inFlight: 0, waiting: 0, stopped: false };

type Row = Partial<Record<LifecycleEvent, (state: LifecycleState, limit: number) => Transition>>;

const stay = (state: LifecycleState, ...effects: LifecycleEffect[]): Transition => ({ state, effects });

/** Lets waiting jobs in, one `admit` for each, as far as the limit goes. */
function admitting(state: LifecycleState, limit: number): Transition {
  const count = Math.max(0, Math.min(state.waiting, limit - state.inFlight));
  const inFlight = state.inFlight + count;
  return {
    state: { ...state, phase: inFlight > 0 ? "busy" : "ready", inFlight, waiting: state.waiting - count },
    effects: Array<LifecycleEffect>(count).fill("admit"),
  };
}

/** The process has gone: load again if somebody still waits. */
function gone(state: LifecycleState, ...effects: LifecycleEffect[]): Transition {
  const absent: LifecycleState = { ...state, phase: "absent", inFlight: 0 };
  if (absent.waiting === 0) return stay(absent, ...effects);
  if (absent.stopped) return stay({ ...absent, waiting: 0 }, ...effects, "requeue-waiting");
  return stay({ ...absent, phase: "loading" }, ...effects, "start-process");
}

const wait = (state: LifecycleState): Transition => stay({ ...state, waiting: state.waiting + 1 });
const unwait = (state: LifecycleState): Transition => stay({ ...state, waiting: state.waiting - 1 });
const ending = (state: LifecycleState, ...effects: LifecycleEffect[]): Transition =>
  stay({ ...state, phase: "unloading", inFlight: 0 }, ...effects, "end-process");
const stopping = (state: LifecycleState): Transition => {
  const effects: LifecycleEffect[] = state.waiting > 0 ? ["requeue-waiting"] : [];
  return stay({ ...state, waiting: 0, stopped: true }, ...effects);
};
const stopThen =
  (next: (state: LifecycleState) => Transition) =>
  (state: LifecycleState): Transition => {
    const stopped = stopping(state);
    const then = next(stopped.state);
    return { state: then.state, effects: [...stopped.effects, ...then.effects] };
  };

const table: Record<ModelState, Row> = {
  absent: {
    demand: (state) =>
      state.stopped
        ? stay(state, "requeue-waiting")
        : stay({ ...wait(state).state, phase: "loading" }, "start-process"),
    warm: (state) => (state.stopped ? stay(state) : stay({ ...state, phase: "loading" }, "start-process")),
    drain: (state) => stay(state, "settle-unload"),
    "unload-now": (state) => stay(state, "settle-unload"),
    stop: stopThen((state) => stay(state, "settle-unload")),
  },
  loading: {
    demand: wait,
    withdraw: unwait,
    loaded: admitting,
    // The process that said so is still there; the next load waits until it has gone.
    "load-failed": (state) => ending({ ...state, waiting: 0 }, "fail-waiting"),
    exited: (state) => stay({ ...state, phase: "absent", waiting: 0 }, "fail-waiting"),
    refused: (state) => stay({ ...state, phase: "absent", waiting: 0 }, "requeue-waiting"),
    drain: (state) => ending(state),
    "unload-now": (state) => ending(state),
    stop: stopThen((state) => ending(state)),
  },
  ready: {
    demand: (state, limit) => admitting(wait(state).state, limit),
    drain: (state) => ending(state),
    "unload-now": (state) => ending(state),
    exited: (state) => gone(state),
    stop: stopThen((state) => ending(state)),
  },
  busy: {
    demand: (state, limit) => admitting(wait(state).state, limit),
    withdraw: unwait,
    finished: (state, limit) => admitting({ ...state, inFlight: state.inFlight - 1 }, limit),
    drain: (state) => stay({ ...state, phase: "unloading" }),
    "unload-now": (state) => ending(state, "requeue-in-flight"),
    exited: (state) => gone(state, "fail-in-flight"),
    stop: stopThen((state) => stay({ ...state, phase: "unloading" })),
  },
  unloading: {
    demand: (state) => (state.stopped ? stay(state, "requeue-waiting") : wait(state)),
    withdraw: unwait,
    finished: (state) => (state.inFlight > 1 ? stay({ ...state, inFlight: state.inFlight - 1 }) : ending(state)),
    "unload-now": (state) => (state.inFlight > 0 ? ending(state, "requeue-in-flight") : stay(state)),
    refused: (state) => stay({ ...state, phase: "absent", waiting: 0 }, "requeue-waiting", "settle-unload"),
    exited: (state) => gone(state, ...(state.inFlight > 0 ? (["fail-in-flight"] as const) : []), "settle-unload"),
    stop: stopThen((state) => stay(state)),
  },
};

/**
 * The next state and what must be done about it. An event that means nothing in a phase changes nothing.
 *
 * @param limit most jobs inside the process at a time
 */
export function transition(state: LifecycleState, event: LifecycleEvent, limit: number): Transition {
  return table[state.phase][event]?.(state, limit) ?? stay(state);
}
