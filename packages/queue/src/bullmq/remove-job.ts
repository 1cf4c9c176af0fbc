import type { OpenQueue } from "./open-queue.js";

/** Removes a job; returns false when a worker holds it, in which case it stays. */
export async function removeJob({ bull, redis, keys }: OpenQueue, id: string): Promise<boolean> {
  return (await bull.remove(id)) === 1 || (await redis.exists(keys.job(id))) === 0;
}

/** The clock of this machine and that of Redis, which event ids are made of, may differ by this much. */
const clockSkewMs = 60_000;
const pageSize = 1_000;

/** Removes the events of a job, which hold its id and its failures. BullMQ only trims the stream by length. */
export async function removeEvents({ redis, keys }: OpenQueue, id: string, createdAt: number): Promise<void> {
  let from = `${Math.max(0, createdAt - clockSkewMs)}`;
  while (true) {
    const page = await redis.xrange(keys.events, from, "+", "COUNT", pageSize);
    const own = page.filter(([, eventFields]) => eventFields.includes(id)).map(([entry]) => entry);
    if (own.length > 0) await redis.xdel(keys.events, ...own);
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < pageSize) return;
    from = `(${last}`;
  }
}
