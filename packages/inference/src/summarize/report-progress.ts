import type { JobProgress } from "@precis/contracts";

export interface ProgressReporter {
  /** A round of so many more chunks begins. */
  expect(chunks: number): void;
  /** One more token of any chunk. */
  token(): void;
  chunkDone(): void;
}

/**
 * Counts chunks and tokens over all rounds, and tells at every chunk and in between once in every `everyMs`: in the same
 * ones for all texts, so that those of a batch tell together and their news travels together.
 */
export function createProgressReporter(
  report: ((progress: JobProgress) => void) | undefined,
  everyMs = 100,
): ProgressReporter {
  const progress: JobProgress = { chunks_done: 0, chunks_total: 0, tokens: 0 };
  const interval = () => Math.floor(performance.now() / everyMs);
  // A text that is done within `everyMs` tells of its chunks alone.
  let next = interval() + 2;
  const tell = () => report?.({ ...progress });
  return {
    expect: (chunks) => {
      progress.chunks_total += chunks;
      tell();
    },
    token: () => {
      progress.tokens += 1;
      if (report === undefined || interval() < next) return;
      next = interval() + 1;
      tell();
    },
    chunkDone: () => {
      progress.chunks_done += 1;
      tell();
    },
  };
}
