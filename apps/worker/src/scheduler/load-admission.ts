import { type ModelName, modelNames, omitUndefined } from "@precis/contracts";
import { Requeue } from "@precis/queue";
import type { MemoryReading } from "../memory/read-memory.js";
import type { WorkerMemory } from "../memory/worker-memory.js";
import type { ClaimControl } from "./claim-control.js";
import { formatMegabytes, memoryNumbers } from "./describe-memory.js";
import { committedBytes, findEvictable, hardLimitOf, planEviction, type Resident } from "./memory-policy.js";
import type { ModelRunner } from "./model-runner.js";
import type { Decision } from "./scheduler-events.js";

/** A job whose model no worker can load is requeued for this long; a worker with more memory may have started by then. */
const neverFitsDelayMs = 5_000;

/** For how long a worker claims no jobs so that another one, which can load the model, claims its job. */
const yieldMs = 2_000;

export type ManagedRunner = Pick<ModelRunner, "state" | "pid" | "counters" | "load" | "unload">;

export interface AdmissionOptions {
  runners: Readonly<Record<ModelName, ManagedRunner>>;
  /** Peak memory of each model process in bytes, from the manifest. */
  peaks: Readonly<Record<ModelName, number>>;
  memory: WorkerMemory;
  claims: ClaimControl;
  /** Whether another worker that claims jobs could load the model. */
  fitsElsewhere(model: ModelName): Promise<boolean>;
  onDecision(decision: Decision): void;
  onError(error: unknown): void;
}

/** Admits loads: a model is loaded only if its peak memory fits beside everything else; idle models are evicted for it. */
export class LoadAdmission {
  readonly #options: AdmissionOptions;
  /** Models that have a process, or are about to get one. */
  readonly #reserved = new Set<ModelName>();
  /** Models that did not fit; they are loaded as soon as they do. */
  readonly #refused = new Set<ModelName>();
  readonly #tooSmallFor = new Set<ModelName>();
  #yielding: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Models that do not fit here even with no other model loaded. */
  get tooSmallFor(): ModelName[] {
    return [...this.#tooSmallFor];
  }

  /** Finds out which models can never be loaded here. */
  async start(): Promise<void> {
    const { memory } = this.#options;
    const [usage, own] = await Promise.all([memory.readUsage(), memory.ownRss()]);
    for (const model of modelNames) this.#neverFits(model, usage, own);
    this.#pauseIfUseless(usage);
  }

  stop(): void {
    clearTimeout(this.#yielding);
  }

  /**
   * Reserves memory for a model, and evicts idle models for it if necessary.
   *
   * @throws {Requeue} when memory is short: its jobs are requeued, and this worker claims none until the model fits.
   */
  reserve(model: ModelName): Promise<void> {
    return this.#inTurn(() => this.#reserve(model));
  }

  /** The process of a model has exited, or was never started. */
  release(model: ModelName): void {
    this.#reserved.delete(model);
  }

  /** Evicts the least recently used idle model, if there is one. */
  async evictIdle(usage: MemoryReading, reason: string): Promise<void> {
    const [idle] = findEvictable(await this.#residents(), Date.now());
    if (idle !== undefined) await this.#inTurn(() => this.#evict(idle.model, usage, reason));
  }

  /** Checks whether the models that were too large still are: the limit may have changed. */
  async reviewSizes(usage: MemoryReading): Promise<void> {
    if (this.#tooSmallFor.size > 0) {
      const own = await this.#options.memory.ownRss();
      for (const model of this.#tooSmallFor) this.#neverFits(model, usage, own);
    }
    this.#pauseIfUseless(usage);
  }

  /** Loads a model that was refused, as soon as it fits, so that it is ready when its jobs are claimed again. */
  async loadRefused(): Promise<void> {
    const { runners, peaks, claims, memory, onDecision } = this.#options;
    const [model] = this.#refused;
    if (model === undefined) return;
    const usage = await memory.readUsage();
    if (planEviction(usage, peaks[model], await this.#residents(model), Date.now()) === undefined) return;
    try {
      await runners[model].load();
    } catch (error) {
      // Refused again, because something changed meanwhile: it stays on the list. Any other error is reported by its jobs.
      if ((error as Error).cause instanceof Requeue && !this.#tooSmallFor.has(model)) return;
    }
    // Other refused models will be refused again and then wait in turn, so no model can block another for good.
    this.#refused.clear();
    if (!claims.resume("no-room")) return;
    const reason = `there is memory for ${model}`;
    onDecision({ kind: "resume", model, reason, ...memoryNumbers(await memory.readUsage()) });
  }

  /** Two models that load at the same time must not reserve the same bytes. */
  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(act, act);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #reserve(model: ModelName): Promise<void> {
    const { peaks, memory, onDecision } = this.#options;
    const needed = peaks[model];
    while (true) {
      const usage = await memory.readUsage();
      const never = this.#neverFits(model, usage, await memory.ownRss());
      if (never !== undefined) return this.#handOver(model, never);
      const residents = await this.#residents(model);
      const plan = planEviction(usage, needed, residents, Date.now());
      if (plan === undefined) return this.#refuse(model, usage, committedBytes(usage, residents) + needed);
      const [next] = plan;
      if (next === undefined) {
        this.#reserved.add(model);
        const reason = `${formatMegabytes(needed)} fit`;
        return onDecision({ kind: "load", model, reason, ...memoryNumbers(usage), needed });
      }
      // One at a time, then read again: the model may have become busy, or have used more than it seemed.
      await this.#evict(next, usage, `${model} needs ${formatMegabytes(needed)}`, needed);
    }
  }

  async #residents(except?: ModelName): Promise<Resident[]> {
    const { runners, peaks, memory } = this.#options;
    const others = modelNames.filter(
      (model) => model !== except && (runners[model].pid !== undefined || this.#reserved.has(model)),
    );
    return Promise.all(
      others.map(async (model) => {
        const { state, pid, counters } = runners[model];
        const { loadedAt, lastUsed } = counters;
        return { model, state, rss: await memory.rssOf(pid), peak: peaks[model], loadedAt, lastUsed };
      }),
    );
  }

  /** Does nothing if the model is no longer idle. */
  async #evict(model: ModelName, usage: MemoryReading, reason: string, needed?: number): Promise<void> {
    const { runners, memory, onDecision } = this.#options;
    const { pid } = runners[model];
    const rss = await memory.rssOf(pid);
    if (runners[model].state !== "ready" || runners[model].pid !== pid) return;
    await runners[model].unload("graceful");
    const numbers = { ...memoryNumbers(usage), ...omitUndefined({ needed }) };
    onDecision({ kind: "evict", model, reason, ...numbers, rss_before: rss, rss_after: 0 });
  }

  #refuse(model: ModelName, usage: MemoryReading, total: number): never {
    const { peaks, claims, onDecision } = this.#options;
    const needed = peaks[model];
    const reason = `${model} needs ${formatMegabytes(needed)}, ${formatMegabytes(total)} with all that is loaded, above the hard limit of ${formatMegabytes(hardLimitOf(usage))}; its jobs wait in the queue until a model here is idle or memory is free`;
    if (!this.#refused.has(model)) onDecision({ kind: "refuse-load", model, reason, ...memoryNumbers(usage), needed });
    this.#refused.add(model);
    claims.pause("no-room");
    throw new Requeue(reason);
  }

  /** Why a model cannot be loaded here even with no other model loaded; `undefined` when it can. */
  #neverFits(model: ModelName, usage: MemoryReading, own: number): string | undefined {
    const { peaks, onDecision } = this.#options;
    const needed = peaks[model];
    const hardLimit = hardLimitOf(usage);
    if (own + needed <= hardLimit) {
      this.#tooSmallFor.delete(model);
      return undefined;
    }
    const reason = `${model} needs ${formatMegabytes(needed)} beside this worker's own ${formatMegabytes(own)}, above the hard limit of ${formatMegabytes(hardLimit)} (${usage.source}: ${formatMegabytes(usage.limit)}); its jobs stay in the queue for a worker with more: raise the limit or choose a smaller MODEL_SET`;
    if (!this.#tooSmallFor.has(model)) {
      onDecision({ kind: "refuse-load", model, reason, ...memoryNumbers(usage), needed });
    }
    this.#tooSmallFor.add(model);
    return reason;
  }

  /** A worker on which no model fits would only requeue the jobs it claims. */
  #pauseIfUseless(usage: MemoryReading): void {
    const { claims, onDecision } = this.#options;
    if (this.#tooSmallFor.size < modelNames.length) {
      if (this.#yielding === undefined) claims.resume("too-small");
    } else if (claims.pause("too-small")) {
      const reason = "no model fits here; all jobs are left to other workers";
      onDecision({ kind: "pause", reason, ...memoryNumbers(usage) });
    }
  }

  /** Leaves a job that can never run here to other workers. */
  async #handOver(model: ModelName, reason: string): Promise<never> {
    const { fitsElsewhere, claims, memory, onError } = this.#options;
    if (!(await fitsElsewhere(model))) throw new Requeue(reason, neverFitsDelayMs);
    claims.pause("too-small");
    clearTimeout(this.#yielding);
    this.#yielding = setTimeout(() => {
      this.#yielding = undefined;
      memory
        .readUsage()
        .then((usage) => this.reviewSizes(usage))
        .catch(onError);
    }, yieldMs);
    throw new Requeue(reason);
  }
}
