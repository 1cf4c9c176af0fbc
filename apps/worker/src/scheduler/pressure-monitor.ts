import type { WorkerMemory } from "../memory/worker-memory.js";
import type { ClaimControl } from "./claim-control.js";
import { formatMegabytes, memoryNumbers } from "./describe-memory.js";
import type { LoadAdmission } from "./load-admission.js";
import { type Pressure, pressureOf } from "./memory-policy.js";
import type { Decision } from "./scheduler-events.js";

const checkEveryMs = 1_000;

export interface PressureOptions {
  admission: LoadAdmission;
  memory: WorkerMemory;
  claims: ClaimControl;
  onDecision(decision: Decision): void;
  onError(error: unknown): void;
}

/** Acts on memory pressure: evicts idle models above the soft limit, and claims no more jobs above the hard limit. */
export class PressureMonitor {
  readonly #options: PressureOptions;
  #pressure: Pressure = "none";
  #timer: NodeJS.Timeout | undefined;
  #isChecking = false;
  #isLoading = false;

  constructor(options: PressureOptions) {
    this.#options = options;
  }

  get pressure(): Pressure {
    return this.#pressure;
  }

  start(): void {
    this.#timer = setInterval(() => void this.check().catch(this.#options.onError), checkEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads memory once and acts on it. */
  async check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      await this.#check();
    } finally {
      this.#isChecking = false;
    }
  }

  async #check(): Promise<void> {
    const { memory, admission, claims, onDecision } = this.#options;
    const usage = await memory.readUsage();
    const pressure = pressureOf(usage);
    this.#pressure = pressure;
    await admission.reviewSizes(usage);
    const inUse = `${formatMegabytes(usage.current)} of ${formatMegabytes(usage.limit)} in use (${usage.source})`;
    // Before anything that takes time, so that no further job is claimed meanwhile.
    if (pressure === "hard" && claims.pause("pressure")) {
      onDecision({ kind: "pause", reason: `above the hard limit: ${inUse}`, ...memoryNumbers(usage) });
    }
    if (pressure !== "none") await admission.evictIdle(usage, `above the ${pressure} limit: ${inUse}`);
    if (pressure === "hard") return;
    if (claims.resume("pressure")) {
      onDecision({ kind: "resume", reason: `below the hard limit: ${inUse}`, ...memoryNumbers(usage) });
    }
    this.#loadRefused();
  }

  /** Not awaited: a load may take minutes, and memory must be checked meanwhile. */
  #loadRefused(): void {
    if (this.#isLoading) return;
    this.#isLoading = true;
    const { admission, onError } = this.#options;
    admission
      .loadRefused()
      .catch(onError)
      .finally(() => {
        this.#isLoading = false;
      });
  }
}
