import type { JobQueue, JobRecord } from "@precis/queue";

/**
 * Coalesces simultaneous reads of the same job into one (single-flight), as when all followers of a job read it at its end.
 * The read begins in the next turn of the event loop and is shared by callers of this turn only, so that no caller gets a
 * state that is older than its call. A cache with a fetch method would let later callers join a read that has begun.
 */
export function coalesceReads(read: JobQueue["read"]): (id: string) => Promise<JobRecord | undefined> {
  const pending = new Map<string, Promise<JobRecord | undefined>>();
  const readNextTurn = async (id: string): Promise<JobRecord | undefined> => {
    await new Promise((resolve) => setImmediate(resolve));
    pending.delete(id);
    return read(id);
  };
  return (id) => {
    const known = pending.get(id);
    if (known !== undefined) return known;
    const reading = readNextTurn(id);
    pending.set(id, reading);
    return reading;
  };
}
