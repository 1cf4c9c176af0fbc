import type { PauseReason } from "@precis/contracts";

/** The part of a queue consumer that claims jobs. */
export interface Claimer {
  pause(): void;
  resume(): void;
}

/** Decides whether this worker claims jobs: only while there is no reason to pause. Each reason is removed by who set it. */
export class ClaimControl {
  readonly #reasons = new Set<PauseReason>();
  #claimer: Claimer | undefined;
  #isStopped = false;

  get reasons(): PauseReason[] {
    return [...this.#reasons];
  }

  /** From now on, controls `claimer`; it is paused at once if there is a reason. */
  attach(claimer: Claimer): void {
    this.#claimer = claimer;
    if (this.#isStopped || this.#reasons.size > 0) claimer.pause();
  }

  /** Returns whether the reason is new. */
  pause(reason: PauseReason): boolean {
    if (this.#reasons.has(reason)) return false;
    this.#reasons.add(reason);
    if (this.#reasons.size === 1) this.#claimer?.pause();
    return true;
  }

  /** Returns whether the reason existed. Jobs are claimed again once none is left. */
  resume(reason: PauseReason): boolean {
    if (!this.#reasons.delete(reason)) return false;
    if (this.#reasons.size === 0 && !this.#isStopped) this.#claimer?.resume();
    return true;
  }

  /** Claims nothing more, whatever is resumed afterwards. */
  stop(): void {
    this.#isStopped = true;
    this.#claimer?.pause();
  }
}
