import type { JobMessage } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";

/** Where a running job's text so far goes. Costs nothing while nobody follows the job. */
export interface PartialSink {
  /** Whether somebody follows the job, as far as is known. */
  readonly wanted: boolean;
  /** Calls `listener` when that changes, until the function returned is called. */
  onChange(listener: (wanted: boolean) => void): () => void;
  /** Never rejects: partial texts are a courtesy. */
  write(text: string): void;
}

export interface JobAttention {
  readonly partials: PartialSink;
  /** Looks whether somebody follows the job and whether it was cancelled; at most every `checkEveryMs`. */
  check(): void;
}

/** How stale the knowledge about followers may be while a job makes progress. */
const checkEveryMs = 400;

/**
 * What the outside wants of one running job. Followers subscribe to the job's channel, so whether there are any is asked
 * of Redis itself: a mark of our own could outlive an API process that died.
 *
 * @param onCancelled called when the job was marked as cancelled, in case the command to cancel it was missed
 */
export function openAttention(redis: Redis, keys: Keys, id: string, onCancelled: () => void): JobAttention {
  const channel = keys.jobChannel(id);
  const listeners = new Set<(wanted: boolean) => void>();
  let wanted = false;
  let checked = 0;
  const setWanted = (now: boolean) => {
    if (now === wanted) return;
    wanted = now;
    for (const listener of listeners) listener(now);
  };
  const check = async () => {
    const replies = await redis.pipeline().pubsub("NUMSUB", channel).exists(keys.cancelled(id)).exec();
    const [followers, cancelled] = (replies ?? []).map(([, value]) => value) as [[string, number], number];
    setWanted(Number(followers?.[1]) > 0);
    if (cancelled === 1) onCancelled();
  };
  return {
    partials: {
      get wanted() {
        return wanted;
      },
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      write: (text) => {
        if (!wanted) return;
        const message: JobMessage = { type: "partial", text };
        redis.publish(channel, JSON.stringify(message)).then(
          (receivers) => setWanted(receivers > 0),
          () => {},
        );
      },
    },
    check: () => {
      const now = performance.now();
      if (now - checked < checkEveryMs) return;
      checked = now;
      check().catch(() => {});
    },
  };
}
