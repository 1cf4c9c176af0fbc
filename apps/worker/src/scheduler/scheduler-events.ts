import type { ErrorCode, MemoryEvent, ModelName, ModelState } from "@precis/contracts";

/** A decision about memory, with the numbers it was based on. */
export type Decision = Omit<MemoryEvent, "at" | "worker">;

/** What a `ModelScheduler` emits. */
export interface SchedulerEvents {
  /** The worker has started, or begins to stop. */
  status: [status: "starting" | "running" | "stopping"];
  state: [change: StateChange];
  /** A process exited although it was not being unloaded, or was killed because it hung. */
  crash: [crash: { model: ModelName; code: ErrorCode; reason: string; isHang: boolean }];
  decision: [decision: Decision];
  batch: [model: ModelName, texts: number];
  responding: [change: { model: ModelName; pid: number | undefined; isResponding: boolean }];
  /** A model runs slower than it could, and why. */
  note: [model: ModelName, note: string];
  /** Memory could not be read; the check is repeated. */
  "check-failed": [error: unknown];
}

export interface StateChange {
  model: ModelName;
  state: ModelState;
  previous: ModelState;
  pid: number | undefined;
  loadMs: number | undefined;
  /** Why its process crashed, if it did. */
  reason?: string | undefined;
}
