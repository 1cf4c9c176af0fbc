import type { SummarizeTask } from "./model-process.js";

/** Entries closer than this are merged, which bounds the list. */
const resolutionMs = 100;

/** Counts tokens per second over a sliding window. */
export class TokenRate {
  readonly #windowMs: number;
  readonly #now: () => number;
  #entries: { at: number; count: number }[] = [];
  #since: number | undefined;

  /** @param windowMs the time since the first token counts when that is shorter */
  constructor(windowMs = 10_000, now: () => number = Date.now) {
    this.#windowMs = windowMs;
    this.#now = now;
  }

  add(count: number): void {
    if (count <= 0) return;
    this.#trim();
    const at = this.#now();
    this.#since ??= at;
    const last = this.#entries.at(-1);
    if (last !== undefined && at - last.at < resolutionMs) last.count += count;
    else this.#entries.push({ at, count });
  }

  perSecond(): number {
    this.#trim();
    if (this.#since === undefined) return 0;
    const ms = Math.min(this.#windowMs, Math.max(1_000, this.#now() - this.#since));
    return Math.round((this.#entries.reduce((sum, { count }) => sum + count, 0) / ms) * 10_000) / 10;
  }

  /** The same task, whose progress also counts here: a long summary counts while it is generated, not all at its end. */
  count(task: SummarizeTask): SummarizeTask {
    let counted = 0;
    return {
      ...task,
      onProgress: (progress) => {
        this.add(progress.tokens - counted);
        counted = Math.max(counted, progress.tokens);
        task.onProgress(progress);
      },
    };
  }

  #trim(): void {
    const oldest = this.#now() - this.#windowMs;
    if ((this.#entries[0]?.at ?? oldest) < oldest) this.#entries = this.#entries.filter(({ at }) => at >= oldest);
    if (this.#entries.length === 0) this.#since = undefined;
  }
}
