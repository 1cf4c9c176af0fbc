import type { JobProgress } from "@precis/contracts";

export interface ProgressReporter {
  /** A round of so many more chunks begins. */
  expectChunks(count: number): void;
  /** A token of any chunk was generated. */
  countToken(): void;
  /** A chunk is finished. */
  countChunk(): void;
}

/**
 * Counts chunks and tokens over all rounds. Reports at every chunk, and at tokens once in each interval of `everyMs`. The
 * intervals are the same for all texts, so that the texts of a batch report in the same turn and share an IPC message.
 */
export function createProgressReporter(
  report: ((progress: JobProgress) => void) | undefined,
  everyMs = 100,
): ProgressReporter {
  const progress: JobProgress = { chunks_done: 0, chunks_total: 0, tokens: 0 };
  const currentInterval = () => Math.floor(performance.now() / everyMs);
  // A text that is finished within `everyMs` reports its chunks only.
  let nextReport = currentInterval() + 2;
  const send = () => report?.({ ...progress });
  return {
    expectChunks: (count) => {
      progress.chunks_total += count;
      send();
    },
    countToken: () => {
      progress.tokens += 1;
      if (report === undefined || currentInterval() < nextReport) return;
      nextReport = currentInterval() + 1;
      send();
    },
    countChunk: () => {
      progress.chunks_done += 1;
      send();
    },
  };
}
