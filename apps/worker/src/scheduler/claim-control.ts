import type { PauseReason } from "@precis/contracts";

/** Whether this worker takes jobs. Pausing by one reason is not undone by lifting another. */
export interface JobIntake {
  readonly reasons: PauseReason[];
  /** Whether this reason is new. */
  pause(reason: PauseReason): boolean;
  /** Whether this reason was there; jobs are taken again once none is left. */
  resume(reason: PauseReason): boolean;
}

export function createJobIntake(consumer: { pause(): void; resume(): void }): JobIntake {
  const reasons = new Set<PauseReason>();
  return {
    get reasons() {
      return [...reasons];
    },
    pause: (reason) => {
      if (reasons.has(reason)) return false;
      reasons.add(reason);
      if (reasons.size === 1) consumer.pause();
      return true;
    },
    resume: (reason) => {
      if (!reasons.delete(reason)) return false;
      if (reasons.size === 0) consumer.resume();
      return true;
    },
  };
}
