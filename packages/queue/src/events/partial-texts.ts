import type { JobMessage } from "@precis/contracts";
import type { Redis } from "@precis/redis";

/** Publishes the text of a running job so far. Costs nothing while the job has no followers. */
export interface PartialSink {
  /** Whether the job has followers, as far as is known. */
  readonly wanted: boolean;
  /** Calls `listener` when that changes, until the returned function is called. */
  onChange(listener: (wanted: boolean) => void): () => void;
  /** Never rejects: losing a partial text fails no job. */
  write(text: string): void;
}

/** @returns the sink, and a function that sets how many followers the job has */
export function createPartialSink(redis: Redis, channel: string): [PartialSink, (followers: number) => void] {
  const listeners = new Set<(wanted: boolean) => void>();
  let wanted = false;
  const setFollowers = (followers: number) => {
    if (followers > 0 === wanted) return;
    wanted = followers > 0;
    for (const listener of listeners) listener(wanted);
  };
  const sink: PartialSink = {
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
      redis.publish(channel, JSON.stringify(message)).then(setFollowers, () => {});
    },
  };
  return [sink, setFollowers];
}
