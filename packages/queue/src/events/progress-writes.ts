import type { JobProgress } from "@precis/contracts";

/** How often the progress of a job without followers is written, for those who poll. */
const unfollowedIntervalMs = 1_000;

/**
 * Decides which progress of one job is worth a write to Redis. Each write costs a script, a stream entry and a wake-up of every
 * API process, about 0.7 ms of CPU in all, and a job reports ten times a second. With followers everything is written;
 * without, what a poller could notice: chunks, and tokens once a second. The first report (nothing done yet) and that of the
 * last chunk (the result follows at once) have no information.
 */
export function chooseProgress(now: () => number = () => performance.now()) {
  let writtenAt = now();
  let chunksDone = 0;
  return (progress: JobProgress, isFollowed: boolean): boolean => {
    const isNewChunk = progress.chunks_done > chunksDone && progress.chunks_done < progress.chunks_total;
    if (!isFollowed && !isNewChunk && now() - writtenAt < unfollowedIntervalMs) return false;
    writtenAt = now();
    chunksDone = progress.chunks_done;
    return true;
  };
}
