import type { MemoryEvent, ModelName } from "@precis/contracts";
import { Requeue } from "@precis/queue";
import type { JobIntake } from "./claim-control.js";
import type { ModelSlot } from "./model-runner.js";
import {
  ceilingOf,
  committed,
  evictable,
  type Pressure,
  planForLoad,
  pressureOf,
  type Resident,
} from "./memory-policy.js";
import type { MemoryReading } from "../memory/read-memory.js";

/** How often the marks are looked at. */
const everyMs = 1_000;

/** A job of a model that no worker can load goes back for this long; a worker with more room may have come by then. */
const neverFitsDelayMs = 5_000;

/** For how long a worker takes no jobs so that another, which can load a model, gets its job. */
const yieldMs = 2_000;

/** What was decided, before it is known when and by whom. */
export type Decision = Omit<MemoryEvent, "at" | "worker">;

/** Keeps a worker below its memory limit: evicts idle models, takes no jobs when that is not enough. */
export interface MemoryGuard {
  /**
   * Makes room for a model and promises it; evicts idle models when it must.
   *
   * @throws {Requeue} when there is no room: its jobs go back to Redis, and this worker takes none until there is.
   */
  makeRoom(model: ModelName): Promise<void>;
  /** The model's process has gone, or was never started: its room is free again. */
  giveBack(model: ModelName): void;
  readonly pressure: Pressure;
  readonly tooSmallFor: ModelName[];
  /** Looks at the marks once and acts; also done every second between `start` and `stop`. */
  check(): Promise<void>;
  /** Also tells at once which models can never be loaded here. */
  start(): Promise<void>;
  stop(): void;
}

export interface MemoryGuardOptions {
  slots: Readonly<Record<ModelName, ModelSlot>>;
  /** Bytes each model's process holds at its peak, from the manifest. */
  peaks: Readonly<Record<ModelName, number>>;
  read(): Promise<MemoryReading>;
  readRss(pid: number): Promise<number>;
  /** Bytes the supervisor itself holds: the least this worker can come down to. */
  ownRss(): Promise<number>;
  intake: JobIntake;
  /** Whether another worker that takes jobs could load the model. */
  fitsElsewhere(model: ModelName): Promise<boolean>;
  /** Told every decision with the numbers it was made on. */
  decided(decision: Decision): void;
  onError(error: unknown): void;
}

export function createMemoryGuard(options: MemoryGuardOptions): MemoryGuard {
  const { slots, peaks, intake, decided } = options;
  const promised = new Set<ModelName>();
  const wanted = new Set<ModelName>();
  const tooSmallFor = new Set<ModelName>();
  let pressure: Pressure = "none";
  let timer: NodeJS.Timeout | undefined;
  let checking = false;
  let serving = false;
  let yielding: NodeJS.Timeout | undefined;
  // Two models that load at the same time must not be promised the same bytes.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(act: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(act, act);
    last = turn.catch(() => {});
    return turn;
  };

  const residentsBeside = async (model?: ModelName): Promise<Resident[]> => {
    const others = Object.values(slots).filter((slot) => slot.model !== model);
    const here = others.filter((slot) => slot.pid !== undefined || promised.has(slot.model));
    return Promise.all(
      here.map(async ({ model: name, pid, phase, counters }) => ({
        model: name,
        state: phase,
        rss: pid === undefined ? 0 : await options.readRss(pid),
        peak: peaks[name],
        loadedAt: counters.loadedAt,
        lastUsed: counters.lastUsed,
      })),
    );
  };

  const numbers = ({ current, limit, psiSomeAvg10 }: MemoryReading) => ({
    current,
    limit,
    ...(psiSomeAvg10 === undefined ? {} : { psi_some_avg10: psiSomeAvg10 }),
  });

  /** Whether it was idle and has gone. */
  const evict = async (model: ModelName, usage: MemoryReading, reason: string, needed?: number): Promise<boolean> => {
    const slot = slots[model];
    const { pid } = slot;
    const before = pid === undefined ? 0 : await options.readRss(pid);
    if (slot.phase !== "ready" || slot.pid !== pid) return false;
    await slot.unload("drain");
    decided({
      kind: "evict",
      model,
      reason,
      ...numbers(usage),
      ...(needed === undefined ? {} : { needed }),
      rss_before: before,
      rss_after: 0,
    });
    return true;
  };

  const refuse = (model: ModelName, usage: MemoryReading, total: number): never => {
    const reason = `${model} needs ${mb(peaks[model])}, which with everything else that is loaded makes ${mb(total)} of at most ${mb(ceilingOf(usage))}; its jobs wait in the queue until a model here is idle or memory is free`;
    if (!wanted.has(model)) decided({ kind: "refuse-load", model, reason, ...numbers(usage), needed: peaks[model] });
    wanted.add(model);
    intake.pause("no-room");
    throw new Requeue(reason);
  };

  /** Why a model cannot be loaded here even with nothing else loaded; undefined when it can. */
  const neverFits = (model: ModelName, usage: MemoryReading, own: number): string | undefined => {
    if (own + peaks[model] <= ceilingOf(usage)) {
      tooSmallFor.delete(model);
      return undefined;
    }
    const reason = `${model} needs ${mb(peaks[model])} beside this worker's own ${mb(own)}, more than the ${mb(ceilingOf(usage))} it may use of its limit (${usage.source}: ${mb(usage.limit)}); its jobs stay in the queue for a worker with more: raise the limit or choose a smaller MODEL_SET`;
    if (!tooSmallFor.has(model))
      decided({ kind: "refuse-load", model, reason, ...numbers(usage), needed: peaks[model] });
    tooSmallFor.add(model);
    return reason;
  };

  /** Where not a single model fits, taking jobs would only put them back. */
  const pauseWhenUseless = (usage: MemoryReading) => {
    if (Object.values(slots).some(({ model }) => !tooSmallFor.has(model))) {
      if (yielding === undefined) intake.resume("too-small");
    } else if (intake.pause("too-small")) {
      decided({ kind: "pause", reason: "no model fits here; all jobs are left to other workers", ...numbers(usage) });
    }
  };

  /** Leaves a job that can never be done here to others. */
  const handOver = async (model: ModelName, reason: string): Promise<never> => {
    if (!(await options.fitsElsewhere(model))) throw new Requeue(reason, neverFitsDelayMs);
    intake.pause("too-small");
    clearTimeout(yielding);
    yielding = setTimeout(() => {
      yielding = undefined;
      void checkOnce().catch(options.onError);
    }, yieldMs);
    throw new Requeue(reason);
  };

  const makeRoom = async (model: ModelName): Promise<void> => {
    const needed = peaks[model];
    while (true) {
      const usage = await options.read();
      const never = neverFits(model, usage, await options.ownRss());
      if (never !== undefined) return handOver(model, never);
      const residents = await residentsBeside(model);
      const plan = planForLoad(usage, needed, residents, Date.now());
      if (plan === undefined) return refuse(model, usage, committed(usage, residents) + needed);
      const [next] = plan;
      if (next === undefined) {
        promised.add(model);
        decided({ kind: "load", model, reason: `${mb(needed)} fit`, ...numbers(usage), needed });
        return;
      }
      // One at a time, and then a fresh look: it may have become busy meanwhile, or have held more than it seemed.
      await evict(next, usage, `${model} needs ${mb(needed)}`, needed);
    }
  };

  /** Loads what was refused before, as soon as there is room, so that its jobs find it when they are taken again. */
  const serveWanted = async (usage: MemoryReading): Promise<void> => {
    const [model] = wanted;
    if (model === undefined) return;
    if (planForLoad(usage, peaks[model], await residentsBeside(model), Date.now()) === undefined) return;
    try {
      await slots[model].warm();
    } catch (error) {
      // Refused again, by what has changed in between: it stays wanted. Any other fault is its jobs' to report.
      if ((error as Error).cause instanceof Requeue && !tooSmallFor.has(model)) return;
    }
    // Whoever else was refused will be again and then wait in turn: so no model can keep another out for good.
    wanted.clear();
    if (!intake.resume("no-room")) return;
    decided({ kind: "resume", model, reason: `there is room for ${model}`, ...numbers(await options.read()) });
  };

  const check = async (): Promise<void> => {
    const usage = await options.read();
    pressure = pressureOf(usage);
    if (tooSmallFor.size > 0) {
      const own = await options.ownRss();
      for (const model of tooSmallFor) neverFits(model, usage, own);
    }
    pauseWhenUseless(usage);
    const how = `${mb(usage.current)} of ${mb(usage.limit)} in use (${usage.source})`;
    // Before anything that takes time, so that no further job comes in meanwhile.
    if (pressure === "hard" && intake.pause("pressure")) {
      decided({ kind: "pause", reason: `above the hard mark: ${how}`, ...numbers(usage) });
    }
    if (pressure !== "none") {
      const [idle] = evictable(await residentsBeside(), Date.now());
      if (idle !== undefined) {
        await inTurn(() => evict(idle.model, usage, `above the ${pressure} mark: ${how}`));
      }
    }
    if (pressure !== "hard" && intake.resume("pressure")) {
      decided({ kind: "resume", reason: `below the hard mark: ${how}`, ...numbers(usage) });
    }
    if (pressure === "hard" || serving) return;
    serving = true;
    // Not waited for: loading may take minutes, and the marks must be looked at meanwhile.
    void serveWanted(usage)
      .catch(options.onError)
      .finally(() => {
        serving = false;
      });
  };

  const checkOnce = async () => {
    if (checking) return;
    checking = true;
    try {
      await check();
    } finally {
      checking = false;
    }
  };

  return {
    makeRoom: (model) => inTurn(() => makeRoom(model)),
    giveBack: (model) => void promised.delete(model),
    get pressure() {
      return pressure;
    },
    get tooSmallFor() {
      return [...tooSmallFor];
    },
    check: checkOnce,
    start: async () => {
      const [usage, own] = await Promise.all([options.read(), options.ownRss()]);
      for (const { model } of Object.values(slots)) neverFits(model, usage, own);
      pauseWhenUseless(usage);
      timer = setInterval(() => void checkOnce().catch(options.onError), everyMs);
    },
    stop: () => {
      clearInterval(timer);
      clearTimeout(yielding);
    },
  };
}

const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
