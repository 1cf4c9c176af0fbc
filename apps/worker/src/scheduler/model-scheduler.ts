import type { Config } from "@precis/config";
import { type ModelName, modelNames } from "@precis/contracts";
import { type ModelSet, resolveModel, verifyModel } from "@precis/models";
import type { Logger } from "@precis/observability";
import { compactHeap } from "../memory/compact-heap.js";
import { isLarge } from "../memory/is-large.js";
import type { Decision, MemoryGuard } from "./load-admission.js";
import type { WorkCounter } from "../telemetry/count-work.js";
import { createIdleTimer, type IdleTimer } from "./idle-timers.js";
import type { LoadSettings } from "./model-process.js";
import { createModelSlot, type ModelSlot } from "./model-runner.js";
import { spawnModelProcess } from "./spawn-model-process.js";

export interface SlotsOptions {
  config: Config;
  modelSet: ModelSet;
  /** What every model process is told to run with. */
  run: Pick<LoadSettings, "device" | "threads" | "traces">;
  /** Built after the slots, which it watches; asked only once a model is to be loaded or has gone. */
  guard: Pick<MemoryGuard, "makeRoom" | "giveBack">;
  rssOf(pid: number): Promise<number>;
  work: WorkCounter;
  log: Logger;
  /** Told of what the memory history is to tell. */
  happened(event: Omit<Decision, "current" | "limit">): Promise<void>;
  /** A model's state has changed. */
  changed(): void;
}

export interface Slots {
  slots: Readonly<Record<ModelName, ModelSlot>>;
  /** A job starts that wishes its model kept for `ttlMs` after it, or for as long as the settings say. */
  jobStarted(model: ModelName, ttlMs?: number): void;
}

/** One slot a model, each with its idle timer, wired to memory guard, metrics, log and telemetry. */
export function buildSlots(options: SlotsOptions): Slots {
  const { config, modelSet, run, guard, rssOf, work, log, happened, changed } = options;
  const idleTimers = new Map<ModelName, IdleTimer>();
  const buildSlot = (model: ModelName): ModelSlot => {
    const idle = createIdleTimer(config.modelIdleTtlMs, async (ttlMs) => {
      const rss_before = slot.pid === undefined ? 0 : await rssOf(slot.pid);
      // A job may have come in meanwhile; after it the time starts anew.
      if (slot.phase !== "ready") return;
      await slot.unload("drain");
      await happened({ kind: "unload", model, reason: `idle for ${ttlMs} ms`, rss_before, rss_after: 0 });
    });
    /** Why the process ended, for the next line about the model's state. */
    let crash: string | undefined;
    const slot = createModelSlot({
      model,
      limit: config.modelConcurrency,
      prepare: () => guard.makeRoom(model),
      start: () =>
        spawnModelProcess(model, {
          settings: {
            modelSet: config.modelSet,
            ...(config.modelCache === undefined ? {} : { modelCache: config.modelCache }),
            ...run,
            maxRows: config.modelConcurrency,
            batchBytes: config.batchBytes,
          },
          large: isLarge(modelSet.models[model]),
          loadTimeoutMs: config.modelLoadTimeoutMs,
          hangTimeoutMs: config.modelHangTimeoutMs,
          contextLength: modelSet.models[model].context_length,
          verify: () => verifyModel(resolveModel(modelSet, model, config.modelCache)),
          onBatch: (texts) => work.batch(model, texts),
          onResponding: (isResponding) => {
            const what = isResponding ? "responds again" : "does not respond";
            log.warn({ model, model_pid: slot.pid }, `the ${model} model process ${what}`);
            changed();
          },
          onNote: (note) => log.warn({ model, note }, `the ${model} model runs slower than it could`),
        }),
      onChange: (state, previous) => {
        if (state === "ready") idle.idle();
        else idle.cancel();
        if (state === "absent") guard.giveBack(model);
        if (Object.values(slots).every(({ phase }) => phase === "absent")) compactHeap();
        work.modelState(model, state, previous);
        const about = { model, state, previous, model_pid: slot.pid, load_ms: slot.counters.loadMs };
        log.info({ ...about, ...(crash === undefined ? {} : { reason: crash }) }, "model state");
        crash = undefined;
        changed();
      },
      onCrash: ({ code, message }, hang) => {
        if (hang === undefined) work.modelCrash(model);
        else work.modelHang(model);
        crash = hang === undefined ? message : `${message}: it ${hang}`;
        log.error({ model, code }, crash);
        void happened({ kind: hang === undefined ? "crash" : "hang", model, reason: crash });
      },
    });
    idleTimers.set(model, idle);
    return slot;
  };
  const slots = Object.fromEntries(modelNames.map((model) => [model, buildSlot(model)])) as Record<
    ModelName,
    ModelSlot
  >;
  return {
    slots,
    jobStarted: (model, ttlMs = config.modelIdleTtlMs) => idleTimers.get(model)?.jobStarted(ttlMs),
  };
}
