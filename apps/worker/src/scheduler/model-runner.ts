import { type JobResult, type ModelName, type ModelState, PrecisError } from "@precis/contracts";
import { Requeue } from "@precis/queue";
import { initialState, type LifecycleEffect, type LifecycleEvent, transition } from "./runner-states.js";
import { describeExit, type ModelProcess, type SummarizeTask } from "./model-process.js";
import { createRate, type Rate } from "./rate.js";

export type UnloadMode = "drain" | "now";

export interface SlotCounters {
  loads: number;
  unloads: number;
  /** Jobs done, and jobs that ended otherwise than by being put back or cancelled. */
  jobs: number;
  failed: number;
  loadedAt?: number;
  lastUsed?: number;
  loadMs?: number;
}

/** One model on this worker: carries out what the state table in `model-lifecycle` decides. */
export interface ModelSlot {
  readonly model: ModelName;
  readonly phase: ModelState;
  readonly inFlight: number;
  readonly waiting: number;
  readonly pid: number | undefined;
  /** False while its process does nothing although it has something to do. */
  readonly isResponding: boolean;
  readonly counters: Readonly<SlotCounters>;
  /** Summary tokens generated per second over the last ten seconds. */
  readonly tokensPerSecond: number;
  /** Runs a job in the model process, loading it first when needed. */
  run(task: SummarizeTask): Promise<JobResult>;
  /** Loads it without a job; resolves once it is ready. */
  warm(): Promise<"done" | "already-loaded">;
  /** Resolves once the process has gone; jobs that arrive meanwhile wait and load it again afterwards. */
  unload(mode: UnloadMode): Promise<"done" | "nothing-loaded">;
  /** Unloads for good: waiting jobs go back to the queue, running ones get `graceMs` to end. */
  stop(graceMs: number): Promise<void>;
}

export interface SlotOptions {
  model: ModelName;
  /** Most jobs inside the process at a time. */
  limit: number;
  /** Makes room first; rejects with `Requeue` when there is none. */
  prepare(): Promise<void>;
  start(): ModelProcess;
  onChange(phase: ModelState, previous: ModelState): void;
  /**
   * The process ended without having been told to.
   *
   * @param hang how it hung, when it was killed for that
   */
  onCrash(error: PrecisError, hang?: string): void;
}

interface Ticket {
  task: SummarizeTask;
  /** Other jobs were in the process with it. */
  hadCompany?: boolean;
  resolve(result: JobResult): void;
  reject(error: Error): void;
}

export function createModelSlot(options: SlotOptions): ModelSlot {
  const { model, limit } = options;
  let state = initialState;
  let process: ModelProcess | undefined;
  const waiting: Ticket[] = [];
  const inFlight = new Set<Ticket>();
  const loadWatchers = new Set<{ resolve(): void; reject(error: Error): void }>();
  const unloadWatchers = new Set<() => void>();
  const tokens = createRate();
  const counters: SlotCounters = { loads: 0, unloads: 0, jobs: 0, failed: 0 };
  let reason = new PrecisError("internal", "the model process ended");
  let refusal: Requeue | undefined;

  const dispatch = (event: LifecycleEvent) => {
    const previous = state.phase;
    const next = transition(state, event, limit);
    state = next.state;
    for (const effect of next.effects) effects[effect]();
    if (state.phase !== previous) {
      if (state.phase === "absent" || state.phase === "ready" || state.phase === "busy") settleLoads();
      options.onChange(state.phase, previous);
    }
  };

  const settleLoads = () => {
    for (const watcher of loadWatchers) {
      if (state.phase === "absent") watcher.reject(reason);
      else watcher.resolve();
    }
    loadWatchers.clear();
  };

  const begin = async () => {
    try {
      await options.prepare();
    } catch (error) {
      reason = asPrecisError(error);
      if (error instanceof Requeue) refusal = error;
      // No process was started, so there is none whose exit would be awaited.
      dispatch(error instanceof Requeue ? "refused" : "exited");
      return;
    }
    if (state.phase !== "loading") {
      dispatch("exited");
      return;
    }
    const started = options.start();
    process = started;
    void started.exited.then((exit) => {
      process = undefined;
      delete counters.loadedAt;
      const how = describeExit(model, exit);
      // No job is in it yet, so none is to blame.
      const died =
        state.phase === "loading"
          ? new PrecisError("model_load_failed", `${how} while it loaded the model`, { retriable: true })
          : new PrecisError("model_process_died", how, { retriable: true });
      if (state.phase === "unloading" && exit.hang === undefined) counters.unloads += 1;
      else options.onCrash(died, exit.hang);
      // Why loading failed, when it did, says more than how the process then ended.
      if (state.phase !== "unloading" || state.inFlight > 0) reason = died;
      dispatch("exited");
    });
    try {
      const { loadMs } = await started.ready;
      if (process !== started) return;
      counters.loads += 1;
      counters.loadedAt = Date.now();
      counters.loadMs = loadMs;
      dispatch("loaded");
    } catch (error) {
      if (process !== started || state.phase !== "loading") return;
      reason = asPrecisError(error);
      // A process that died on its own is told by its exit.
      if (reason.code !== "model_process_died") dispatch("load-failed");
    }
  };

  const admit = async (ticket: Ticket) => {
    const current = process as ModelProcess;
    inFlight.add(ticket);
    if (inFlight.size > 1) for (const other of inFlight) other.hadCompany = true;
    counters.lastUsed = Date.now();
    // The caller need not wait until the process has noticed, which one that hangs never does.
    const cancel = () => ticket.reject(new PrecisError("cancelled", "the job was cancelled while it ran"));
    ticket.task.signal.addEventListener("abort", cancel, { once: true });
    try {
      const { result } = await current.summarize(countingTokens(ticket.task, tokens));
      // A job that was put back meanwhile counts where it is done again.
      if (inFlight.has(ticket)) counters.jobs += 1;
      ticket.resolve(result);
    } catch (error) {
      // A dead process fails its jobs through `exited`, in one place.
      if (error instanceof PrecisError && error.code === "model_process_died") return;
      const why = whyFailed(ticket, error as Error);
      if (inFlight.has(ticket) && !ticket.task.signal.aborted && !(why instanceof Requeue)) counters.failed += 1;
      ticket.reject(why);
    }
    ticket.task.signal.removeEventListener("abort", cancel);
    counters.lastUsed = Date.now();
    if (!inFlight.delete(ticket)) return;
    dispatch("finished");
    ticket.task.onLeave?.();
  };

  const empty = (tickets: Iterable<Ticket>, error: Error) => {
    for (const ticket of tickets) {
      ticket.reject(error);
      ticket.task.onLeave?.();
    }
  };

  /** A run of the network that fails does so for all texts of its batch. */
  const whyFailed = ({ hadCompany }: Ticket, error: Error): Error => {
    if (!hadCompany || !(error instanceof PrecisError) || error.code !== "generation_failed") return error;
    return new Requeue(`${error.message}: the job shared its batch and is tried alone`, 0, "process");
  };

  /** Of several jobs in a process that died any may be to blame: each is tried again, alone, and it counts for none. */
  const whyDied = (): Error => {
    if (inFlight.size < 2) return reason;
    return new Requeue(`${reason.message} while it ran ${inFlight.size} jobs: each is tried alone`, 0, "process");
  };

  const effects: Record<LifecycleEffect, () => void> = {
    "start-process": () => void begin(),
    "end-process": () => process?.end(),
    admit: () => void admit(waiting.shift() as Ticket),
    "fail-in-flight": () => {
      if (inFlight.size === 1) counters.failed += 1;
      empty(inFlight, whyDied());
      inFlight.clear();
    },
    "requeue-in-flight": () => {
      empty(inFlight, new Requeue());
      inFlight.clear();
    },
    "fail-waiting": () => empty(waiting.splice(0), reason),
    "requeue-waiting": () => {
      empty(waiting.splice(0), refusal ?? new Requeue());
      refusal = undefined;
    },
    "settle-unload": () => {
      for (const settle of unloadWatchers) settle();
      unloadWatchers.clear();
    },
  };

  const awaitUnload = (event: "drain" | "unload-now" | "stop") =>
    new Promise<void>((resolve) => {
      unloadWatchers.add(resolve);
      dispatch(event);
    });

  return {
    model,
    get phase() {
      return state.phase;
    },
    get inFlight() {
      return state.inFlight;
    },
    get waiting() {
      return state.waiting;
    },
    get pid() {
      return process?.pid;
    },
    get isResponding() {
      return process?.isResponding ?? true;
    },
    counters,
    get tokensPerSecond() {
      return tokens.perSecond();
    },
    run: (task) =>
      new Promise<JobResult>((resolve, reject) => {
        const ticket: Ticket = { task, resolve, reject };
        if (task.signal.aborted) {
          reject(new PrecisError("cancelled", "the job was cancelled before it started"));
          task.onLeave?.();
          return;
        }
        const withdraw = () => {
          const index = waiting.indexOf(ticket);
          if (index === -1) return;
          waiting.splice(index, 1);
          reject(new PrecisError("cancelled", "the job was cancelled before it started"));
          dispatch("withdraw");
          task.onLeave?.();
        };
        task.signal.addEventListener("abort", withdraw, { once: true });
        waiting.push(ticket);
        dispatch("demand");
      }),
    warm: async () => {
      if (state.phase === "ready" || state.phase === "busy") return "already-loaded";
      while (state.phase === "unloading") await new Promise<void>((resolve) => unloadWatchers.add(resolve));
      await new Promise<void>((resolve, reject) => {
        loadWatchers.add({ resolve, reject });
        dispatch("warm");
        if (state.phase === "absent") settleLoads();
      });
      return "done";
    },
    unload: async (mode) => {
      if (state.phase === "absent") return "nothing-loaded";
      await awaitUnload(mode === "now" ? "unload-now" : "drain");
      return "done";
    },
    stop: async (graceMs) => {
      const timer = setTimeout(() => dispatch("unload-now"), graceMs);
      await awaitUnload("stop");
      clearTimeout(timer);
    },
  };
}

/** The same task, whose progress also feeds the rate: a long summary counts while it is written, not all at its end. */
function countingTokens(task: SummarizeTask, rate: Rate): SummarizeTask {
  let counted = 0;
  return {
    ...task,
    onProgress: (progress) => {
      rate.add(Math.max(0, progress.tokens - counted));
      counted = Math.max(counted, progress.tokens);
      task.onProgress(progress);
    },
  };
}

function asPrecisError(error: unknown): PrecisError {
  if (error instanceof PrecisError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new PrecisError("model_load_failed", message, { cause: error, retriable: true });
}
