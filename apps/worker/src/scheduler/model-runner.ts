import { type JobResult, type ModelName, type ModelState, PrecisError } from "@precis/contracts";
import { Requeue } from "@precis/queue";
import { describeExit, type ModelProcess, type ModelProcessExit, type SummarizeTask } from "./model-process.js";
import { cancelled, type PendingJob, processDeath, rejectAll, runFailure } from "./pending-job.js";
import {
  initialStatus,
  isLoaded,
  isUnloading,
  type RunnerEffect,
  type RunnerEvent,
  type RunnerStatus,
  transition,
} from "./runner-states.js";
import { TokenRate } from "./token-rate.js";

/** `graceful` lets running jobs finish first, `immediate` requeues them. */
export type UnloadMode = "graceful" | "immediate";

export interface RunnerCounters {
  loads: number;
  unloads: number;
  /** Jobs done, and jobs that ended otherwise than by being requeued or cancelled. */
  jobs: number;
  failed: number;
  loadedAt?: number;
  lastUsed?: number;
  loadMs?: number;
}

export interface RunnerOptions {
  model: ModelName;
  /** Maximum number of jobs inside the process. */
  limit: number;
  /** Reserves memory before a process is started; rejects with `Requeue` when memory is short. */
  reserveMemory(): Promise<void>;
  startProcess(): ModelProcess;
  onState(state: ModelState, previous: ModelState): void;
  /**
   * The process has exited although it was not being unloaded.
   *
   * @param hang how it hung, if it was killed for that
   */
  onCrash(error: PrecisError, hang?: string): void;
}

/** Runs one model on this worker, in a process of its own: carries out what the table in `runner-states` decides. */
export class ModelRunner {
  readonly model: ModelName;
  readonly #options: RunnerOptions;
  readonly #counters: RunnerCounters = { loads: 0, unloads: 0, jobs: 0, failed: 0 };
  readonly #tokens = new TokenRate();
  readonly #waiting: PendingJob[] = [];
  readonly #inFlight = new Set<PendingJob>();
  readonly #loadWaiters = new Set<{ resolve(): void; reject(error: Error): void }>();
  readonly #unloadWaiters = new Set<() => void>();
  readonly #effects: Record<RunnerEffect, () => void> = {
    "start-process": () => void this.#startProcess(),
    "end-process": () => this.#process?.end(),
    "admit-job": () => void this.#runInProcess(this.#waiting.shift() as PendingJob),
    "fail-in-flight": () => {
      if (this.#inFlight.size === 1) this.#counters.failed += 1;
      this.#rejectInFlight(processDeath(this.#inFlight.size, this.#failure));
    },
    "requeue-in-flight": () => this.#rejectInFlight(new Requeue()),
    "fail-waiting": () => rejectAll(this.#waiting.splice(0), this.#failure),
    "requeue-waiting": () => {
      rejectAll(this.#waiting.splice(0), this.#refusal ?? new Requeue());
      this.#refusal = undefined;
    },
    "resolve-unloads": () => {
      for (const resolve of this.#unloadWaiters) resolve();
      this.#unloadWaiters.clear();
    },
  };
  #status: RunnerStatus = initialStatus;
  #process: ModelProcess | undefined;
  /** Why the last load or process failed. */
  #failure = new PrecisError("internal", "the model process ended");
  /** Why memory was refused for the load in progress. */
  #refusal: Requeue | undefined;

  constructor(options: RunnerOptions) {
    this.model = options.model;
    this.#options = options;
  }

  get state(): ModelState {
    return this.#status.state;
  }

  get inFlight(): number {
    return this.#status.inFlight;
  }

  get waiting(): number {
    return this.#status.waiting;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** False while its process has work and does nothing. */
  get isResponding(): boolean {
    return this.#process?.isResponding ?? true;
  }

  get counters(): Readonly<RunnerCounters> {
    return this.#counters;
  }

  /** Summary tokens generated per second over the last ten seconds. */
  get tokensPerSecond(): number {
    return this.#tokens.perSecond();
  }

  /** Runs a job in the model process, which is started first if there is none. */
  run(task: SummarizeTask): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      const job: PendingJob = { task, resolve, reject };
      if (task.signal.aborted) {
        reject(cancelled("before it started"));
        task.onLeave?.();
        return;
      }
      const withdraw = () => {
        const index = this.#waiting.indexOf(job);
        if (index === -1) return;
        this.#waiting.splice(index, 1);
        reject(cancelled("before it started"));
        this.#dispatch("job-withdrawn");
        task.onLeave?.();
      };
      task.signal.addEventListener("abort", withdraw, { once: true });
      this.#waiting.push(job);
      this.#dispatch("job-arrived");
    });
  }

  /** Loads the model without a job; resolves once it is ready. */
  async load(): Promise<"done" | "already-loaded"> {
    if (isLoaded(this.state)) return "already-loaded";
    while (isUnloading(this.state)) await new Promise<void>((resolve) => this.#unloadWaiters.add(resolve));
    await new Promise<void>((resolve, reject) => {
      this.#loadWaiters.add({ resolve, reject });
      this.#dispatch("load");
      if (this.state === "absent") this.#settleLoads();
    });
    return "done";
  }

  /** Resolves once the process has exited; jobs that arrive meanwhile wait and load the model again. */
  async unload(mode: UnloadMode): Promise<"done" | "nothing-loaded"> {
    if (this.state === "absent") return "nothing-loaded";
    await this.#unload(`unload-${mode}`);
    return "done";
  }

  /** Unloads for good: waiting jobs are requeued, running ones get `graceMs` to finish. */
  async stop(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#dispatch("unload-immediate"), graceMs);
    await this.#unload("stop");
    clearTimeout(timer);
  }

  #unload(event: "unload-graceful" | "unload-immediate" | "stop"): Promise<void> {
    return new Promise((resolve) => {
      this.#unloadWaiters.add(resolve);
      this.#dispatch(event);
    });
  }

  #dispatch(event: RunnerEvent): void {
    const previous = this.state;
    const { status, effects } = transition(this.#status, event, this.#options.limit);
    this.#status = status;
    for (const effect of effects) this.#effects[effect]();
    if (this.state === previous) return;
    if (this.state === "absent" || isLoaded(this.state)) this.#settleLoads();
    this.#options.onState(this.state, previous);
  }

  #settleLoads(): void {
    for (const { resolve, reject } of this.#loadWaiters) {
      if (this.state === "absent") reject(this.#failure);
      else resolve();
    }
    this.#loadWaiters.clear();
  }

  async #startProcess(): Promise<void> {
    try {
      await this.#options.reserveMemory();
    } catch (error) {
      this.#failure = asPrecisError(error);
      if (error instanceof Requeue) this.#refusal = error;
      // No process was started, so there is no exit to wait for.
      this.#dispatch(error instanceof Requeue ? "load-refused" : "exited");
      return;
    }
    if (this.state !== "loading") return this.#dispatch("exited");
    const started = this.#options.startProcess();
    this.#process = started;
    void started.exited.then((exit) => this.#handleExit(exit));
    try {
      const { loadMs } = await started.ready;
      if (this.#process !== started) return;
      Object.assign(this.#counters, { loads: this.#counters.loads + 1, loadedAt: Date.now(), loadMs });
      this.#dispatch("loaded");
    } catch (error) {
      if (this.#process !== started || this.state !== "loading") return;
      this.#failure = asPrecisError(error);
      // If the process died by itself, its exit says why.
      if (this.#failure.code !== "model_process_died") this.#dispatch("load-failed");
    }
  }

  #handleExit(exit: ModelProcessExit): void {
    this.#process = undefined;
    delete this.#counters.loadedAt;
    const how = describeExit(this.model, exit);
    // While it loads no job is in it, so none is to blame.
    const died =
      this.state === "loading"
        ? new PrecisError("model_load_failed", `${how} while it loaded the model`, { retriable: true })
        : new PrecisError("model_process_died", how, { retriable: true });
    const isTerminating = this.state === "terminating";
    if (isTerminating && exit.hang === undefined) this.#counters.unloads += 1;
    else this.#options.onCrash(died, exit.hang);
    // Why a load failed says more than how its process then exited.
    if (!isTerminating) this.#failure = died;
    this.#dispatch("exited");
  }

  async #runInProcess(job: PendingJob): Promise<void> {
    const { task } = job;
    const process = this.#process as ModelProcess;
    this.#inFlight.add(job);
    if (this.#inFlight.size > 1) for (const other of this.#inFlight) other.wasShared = true;
    this.#counters.lastUsed = Date.now();
    task.onStart?.();
    // The caller need not wait until the process has noticed, which one that hangs never does.
    const cancel = () => job.reject(cancelled("while it ran"));
    task.signal.addEventListener("abort", cancel, { once: true });
    try {
      const result = await process.summarize(this.#tokens.count(task));
      // A job that was requeued meanwhile counts where it runs again.
      if (this.#inFlight.has(job)) this.#counters.jobs += 1;
      job.resolve(result);
    } catch (error) {
      // A process that dies fails its jobs in one place, the effect `fail-in-flight`.
      if (error instanceof PrecisError && error.code === "model_process_died") return;
      const failure = runFailure(job, error as Error);
      const isFailed = !task.signal.aborted && !(failure instanceof Requeue);
      if (this.#inFlight.has(job) && isFailed) this.#counters.failed += 1;
      job.reject(failure);
    }
    task.signal.removeEventListener("abort", cancel);
    this.#counters.lastUsed = Date.now();
    if (!this.#inFlight.delete(job)) return;
    this.#dispatch("job-finished");
    task.onLeave?.();
  }

  #rejectInFlight(error: Error): void {
    rejectAll(this.#inFlight, error);
    this.#inFlight.clear();
  }
}

function asPrecisError(error: unknown): PrecisError {
  if (error instanceof PrecisError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new PrecisError("model_load_failed", message, { cause: error, retriable: true });
}
