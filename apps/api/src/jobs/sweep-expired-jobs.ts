import type { JobQueue } from "@precis/queue";

const intervalMs = 1_000;

/**
 * Fails waiting jobs past their deadline and removes expired ones, once a second: two lookups in sorted sets when there is
 * nothing to do. Every API process does so; a job that one has handled is not found by the others.
 */
export function startSweeper(queue: Pick<JobQueue, "sweep">): { stop(): void } {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const sweep = async () => {
    // Redis may be unavailable; the next sweep finds what this one did not.
    const hasMore = await queue.sweep().catch(() => false);
    if (!isStopped) timer = setTimeout(sweep, hasMore ? 0 : intervalMs);
  };
  timer = setTimeout(sweep, intervalMs);
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
