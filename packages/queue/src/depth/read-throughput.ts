import type { Queue } from "bullmq";

/** Jobs that ended, completed or failed, in each of the last `minutes` minutes, oldest first. */
export async function readThroughput(queue: Queue, minutes: number): Promise<number[]> {
  const series = await Promise.all([
    queue.getMetrics("completed", 0, minutes - 1),
    queue.getMetrics("failed", 0, minutes - 1),
  ]);
  const now = Math.floor(Date.now() / 60_000);
  const ended = new Array<number>(minutes).fill(0);
  for (const { data, meta } of series) {
    if (meta.prevTS === 0) continue;
    // BullMQ 6.7 closes minutes only when a job ends: `data` starts with the minute before that of `prevTS`, and what has
    // ended since then is the difference of the two counts.
    const newest = minutes - 1 - (now - Math.floor(meta.prevTS / 60_000));
    for (const [index, count] of [meta.count - meta.prevCount, ...data].entries()) {
      const place = newest - index;
      if (place >= 0) ended[place] = (ended[place] ?? 0) + Number(count);
    }
  }
  return ended;
}
