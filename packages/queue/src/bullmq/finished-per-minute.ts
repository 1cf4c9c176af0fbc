import type { OpenQueue } from "./open-queue.js";

/** Minutes of completed and failed counts that BullMQ keeps: a week, about 100 kB. */
export const metricsMinutes = 7 * 24 * 60;

/** Jobs that completed or failed in each of the last `minutes` minutes, oldest first. */
export async function finishedPerMinute(
  { bull }: OpenQueue,
  state: "completed" | "failed",
  minutes: number,
  now: number,
): Promise<number[]> {
  const finished = new Array<number>(minutes).fill(0);
  const { data, meta } = await bull.getMetrics(state, 0, minutes - 1);
  if (meta.prevTS === 0) return finished;
  // BullMQ 6.7 closes minutes only when a job ends: `data` starts with the minute before that of `prevTS`, and the jobs that
  // have ended since then are the difference of the two counts.
  const newest = minutes - 1 - (Math.floor(now / 60_000) - Math.floor(meta.prevTS / 60_000));
  for (const [index, count] of [meta.count - meta.prevCount, ...data].entries()) {
    const minute = newest - index;
    if (minute >= 0) finished[minute] = (finished[minute] ?? 0) + Number(count);
  }
  return finished;
}
