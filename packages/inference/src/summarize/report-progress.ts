import type { JobProgress } from "@precis/contracts";

export interface ProgressReporter {
  /** A round of so many more chunks begins. */
  expect(chunks: number): void;
  /** One more token of any chunk. */
  token(): void;
  chunkDone(): void;
}

/** Counts chunks and tokens over all rounds, and tells at every chunk and in between at most every `everyMs`. */
export function createProgressReporter(
  report: ((progress: JobProgress) => void) | undefined,
  everyMs = 100,
): ProgressReporter {
  const progress: JobProgress = { chunks_done: 0, chunks_total: 0, tokens: 0 };
  let last = 0;
  const tell = () => {
    last = performance.now();
    report?.({ ...progress });
  };
  return {
    expect: (chunks) => {
      progress.chunks_total += chunks;
      tell();
    },
    token: () => {
      progress.tokens += 1;
      if (report !== undefined && performance.now() - last > everyMs) tell();
    },
    chunkDone: () => {
      progress.chunks_done += 1;
      tell();
    },
  };
}
