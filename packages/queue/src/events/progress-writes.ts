import type { JobProgress } from "@precis/contracts";

/** How often the progress of a job nobody follows is written, for those who poll. */
const unfollowedEveryMs = 1_000;

/**
 * Decides which progress of one job is worth a write to Redis, where each costs a script, a stream entry and the waking of
 * every API process: about 0.7 ms of CPU in all, and a job reports ten a second. With followers everything is; without
 * them what a poller could see change: chunks, and tokens once a second. The first report, of nothing done yet, and that of
 * the last chunk, after which the result follows at once, tell nobody anything.
 */
export function chooseProgress(now: () => number = () => performance.now()) {
  let written = now();
  let chunksDone = 0;
  return (progress: JobProgress, followed: boolean): boolean => {
    const chunk = progress.chunks_done > chunksDone && progress.chunks_done < progress.chunks_total;
    if (!followed && !chunk && now() - written < unfollowedEveryMs) return false;
    written = now();
    chunksDone = progress.chunks_done;
    return true;
  };
}
