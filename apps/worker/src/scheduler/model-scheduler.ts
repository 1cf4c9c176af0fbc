import { EventEmitter } from "node:events";
import { type JobResult, type ModelName, modelNames, omitUndefined, type PauseReason } from "@precis/contracts";
import { type ConsumedJob, Requeue } from "@precis/queue";
import { compactHeap } from "../memory/compact-heap.js";
import type { MemoryReading } from "../memory/read-memory.js";
import { openWorkerMemory, type WorkerMemory } from "../memory/worker-memory.js";
import { ClaimControl, type Claimer } from "./claim-control.js";
import { memoryNumbers } from "./describe-memory.js";
import { IdleTimers } from "./idle-timers.js";
import { IsolationGate } from "./isolation-gate.js";
import { LoadAdmission } from "./load-admission.js";
import type { Pressure } from "./memory-policy.js";
import type { StartModelProcess } from "./model-process.js";
import { ModelRunner, type UnloadMode } from "./model-runner.js";
import { PressureMonitor } from "./pressure-monitor.js";
import type { Decision, SchedulerEvents, StateChange } from "./scheduler-events.js";

export interface SchedulerOptions {
  startProcess: StartModelProcess;
  /** Maximum number of jobs inside a model process. */
  modelConcurrency: number;
  modelIdleTtlMs: number;
  memoryLimitBytes?: number;
  /** Models to load before the first job is claimed. */
  preload: readonly ModelName[];
  /** Peak memory of each model process in bytes, from the manifest. */
  peaks: Readonly<Record<ModelName, number>>;
  /** Whether another worker that claims jobs could load the model. */
  fitsElsewhere(model: ModelName): Promise<boolean>;
  /** Trace context of the job that runs now; `undefined` while tracing is off. */
  carrier(): Record<string, string> | undefined;
}

/** What telemetry reports about a scheduler. */
export interface SchedulerSnapshot {
  status: "starting" | "running" | "stopping";
  pausedBy: PauseReason[];
  runners: readonly ModelRunner[];
  memory: MemoryReading;
  pressure: Pressure;
  tooSmallFor: ModelName[];
}

/**
 * Schedules the jobs of this worker on its models. It decides which model is loaded and when it is unloaded: for a job, by command, by
 * idle TTL, or because memory is short. And it decides whether the worker claims jobs at all.
 */
export class ModelScheduler extends EventEmitter<SchedulerEvents> {
  readonly #options: SchedulerOptions;
  readonly #memory: WorkerMemory;
  readonly #claims = new ClaimControl();
  readonly #gate = new IsolationGate();
  readonly #runners: Readonly<Record<ModelName, ModelRunner>>;
  readonly #idleTimers: IdleTimers;
  readonly #admission: LoadAdmission;
  readonly #monitor: PressureMonitor;
  /** Why the process of a model crashed, until its next change of state. */
  readonly #crashReasons = new Map<ModelName, string>();
  #status: SchedulerSnapshot["status"] = "starting";

  constructor(options: SchedulerOptions) {
    super();
    this.#options = options;
    this.#runners = { bart: this.#createRunner("bart"), t5: this.#createRunner("t5") };
    this.#memory = openWorkerMemory(options.memoryLimitBytes, () =>
      this.#allRunners().flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    );
    this.#idleTimers = new IdleTimers({
      defaultTtlMs: options.modelIdleTtlMs,
      onExpired: (model, ttlMs) => void this.#unloadIdle(model, ttlMs),
    });
    const shared = {
      memory: this.#memory,
      claims: this.#claims,
      onDecision: (decision: Decision) => void this.emit("decision", decision),
      onError: (error: unknown) => void this.emit("check-failed", error),
    };
    const { peaks, fitsElsewhere } = options;
    this.#admission = new LoadAdmission({ ...shared, runners: this.#runners, peaks, fitsElsewhere });
    this.#monitor = new PressureMonitor({ ...shared, admission: this.#admission });
    if (options.preload.length > 0) this.#claims.pause("starting");
  }

  /** From now on, decides when `claimer` claims jobs. */
  attach(claimer: Claimer): void {
    this.#claims.attach(claimer);
  }

  /** Loads the models of `PRELOAD`, and claims jobs when they are ready; rejects when one cannot be loaded. */
  async start(): Promise<void> {
    await this.#admission.start();
    this.#monitor.start();
    await Promise.all(this.#options.preload.map((model) => this.#preload(model)));
    this.#claims.resume("starting");
    if (this.#status === "starting") this.#setStatus("running");
  }

  /** Runs a job on its model, once it may run beside the other jobs. */
  async run(job: ConsumedJob): Promise<JobResult> {
    const { model, maxLength, minLength, numBeams, startBy, isolation, keepAliveMs } = job.data;
    const leave = await this.#gate.enter({ model, isolation, signal: job.signal });
    const text = await job.readText().catch((error) => {
      leave();
      throw error;
    });
    return this.#runners[model].run({
      text,
      ...omitUndefined({ maxLength, minLength, numBeams, startBy, trace: this.#options.carrier() }),
      partials: job.partials,
      signal: job.signal,
      onProgress: job.reportProgress,
      onStart: () => this.#idleTimers.jobStarted(model, keepAliveMs),
      onLeave: leave,
    });
  }

  /** Loads a model without a job; rejects with a `PrecisError` when that fails. */
  load(model: ModelName): Promise<"done" | "already-loaded"> {
    return this.#runners[model].load();
  }

  /** Resolves once the process has exited, on behalf of an operator. */
  async unload(model: ModelName, mode: UnloadMode): Promise<"done" | "nothing-loaded"> {
    const runner = this.#runners[model];
    const rss = await this.residentBytes(model);
    const outcome = await runner.unload(mode);
    if (outcome === "done") await this.#reportUnload(model, `requested by an operator (${mode})`, rss);
    return outcome;
  }

  /** Stops or resumes claiming jobs, on behalf of an operator. */
  pause(isPaused: boolean): void {
    if (isPaused) this.#claims.pause("operator");
    else this.#claims.resume("operator");
  }

  /** For good: claims nothing more, requeues waiting jobs, lets running ones finish within `graceMs`, and ends the model processes. */
  async drain(graceMs: number): Promise<void> {
    this.#setStatus("stopping");
    this.#admission.stop();
    this.#monitor.stop();
    this.#claims.stop();
    this.#gate.close();
    await Promise.all(this.#allRunners().map((runner) => runner.stop(graceMs)));
  }

  async snapshot(): Promise<SchedulerSnapshot> {
    const memory = await this.#memory.readUsage();
    return {
      status: this.#status,
      pausedBy: this.#claims.reasons,
      runners: this.#allRunners(),
      memory,
      pressure: this.#monitor.pressure,
      tooSmallFor: this.#admission.tooSmallFor,
    };
  }

  /** Resident memory of a model's process in bytes; of the whole worker without a model. */
  residentBytes(model?: ModelName): Promise<number> {
    return model === undefined ? this.#memory.totalRss() : this.#memory.rssOf(this.#runners[model].pid);
  }

  #allRunners(): ModelRunner[] {
    return modelNames.map((model) => this.#runners[model]);
  }

  #createRunner(model: ModelName): ModelRunner {
    const runner: ModelRunner = new ModelRunner({
      model,
      limit: this.#options.modelConcurrency,
      reserveMemory: () => this.#admission.reserve(model),
      startProcess: () =>
        this.#options.startProcess(model, {
          onBatch: (texts) => this.emit("batch", model, texts),
          onResponding: (isResponding) => this.emit("responding", { model, pid: runner.pid, isResponding }),
          onNote: (note) => this.emit("note", model, note),
        }),
      onState: (state, previous) => this.#handleState(runner, state, previous),
      onCrash: ({ code, message }, hang) => {
        const isHang = hang !== undefined;
        const reason = isHang ? `${message}: it ${hang}` : message;
        this.#crashReasons.set(model, reason);
        this.emit("crash", { model, code, reason, isHang });
        void this.#report({ kind: isHang ? "hang" : "crash", model, reason });
      },
    });
    return runner;
  }

  #handleState(runner: ModelRunner, state: StateChange["state"], previous: StateChange["previous"]): void {
    const { model, pid, counters } = runner;
    if (state === "ready") this.#idleTimers.start(model);
    else if (state === "absent" || state === "loading") this.#idleTimers.reset(model);
    else this.#idleTimers.cancel(model);
    if (state === "absent") this.#admission.release(model);
    if (this.#allRunners().every((other) => other.state === "absent")) compactHeap();
    const reason = this.#crashReasons.get(model);
    this.#crashReasons.delete(model);
    this.emit("state", { model, state, previous, pid, loadMs: counters.loadMs, reason });
  }

  async #preload(model: ModelName): Promise<void> {
    try {
      await this.load(model);
    } catch (error) {
      const { message, cause } = error as Error;
      // If memory is short, that was reported, and its jobs wait. A worker that stops meanwhile ends the processes that load.
      if (cause instanceof Requeue || this.#status === "stopping") return;
      throw new Error(`PRELOAD: ${message}`, { cause: error });
    }
  }

  #setStatus(status: SchedulerSnapshot["status"]): void {
    this.#status = status;
    this.emit("status", status);
  }

  async #unloadIdle(model: ModelName, ttlMs: number): Promise<void> {
    const rss = await this.residentBytes(model);
    // A job may have arrived meanwhile; the timer starts again after it.
    if (this.#runners[model].state !== "ready") return;
    await this.#runners[model].unload("graceful");
    await this.#reportUnload(model, `idle for ${ttlMs} ms`, rss);
  }

  #reportUnload(model: ModelName, reason: string, rss: number): Promise<void> {
    return this.#report({ kind: "unload", model, reason, rss_before: rss, rss_after: 0 });
  }

  /** Emits something that happened to a model, with memory as it is now. */
  async #report(event: Omit<Decision, "current" | "limit">): Promise<void> {
    try {
      const { current, limit } = memoryNumbers(await this.#memory.readUsage());
      this.emit("decision", { ...event, current, limit });
    } catch (error) {
      this.emit("check-failed", error);
    }
  }
}
