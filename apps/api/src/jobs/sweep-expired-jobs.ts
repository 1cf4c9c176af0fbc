import type { JobQueue } from "@precis/queue";

const everyMs = 1_000;

/**
 * Fails waiting jobs past their deadline and removes expired ones, once a second: two look-ups in sorted sets when there
 * is nothing to do. Every API process does so; what one has done the others do not find any more.
 */
export function startSweeper(queue: Pick<JobQueue, "sweep">): { stop(): void } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const round = async () => {
    // Redis may be away; the next round finds what this one did not.
    const more = await queue.sweep().catch(() => false);
    if (!stopped) timer = setTimeout(round, more ? 0 : everyMs);
  };
  timer = setTimeout(round, everyMs);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
