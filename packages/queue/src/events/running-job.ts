import type { JobMessage } from "@precis/contracts";
import { createScript, type Keys, type Redis } from "@precis/redis";
import { jobKey, type StartMark, writeStart } from "../bullmq/start-mark.js";

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
  /**
   * Reads the job's text and keeps it for `ttlMs` more, writes down that the job has started, and looks as `check` does, by
   * one command; `null` when the text is gone.
   */
  readText(ttlMs: number, start: StartMark): Promise<string | null>;
  /** Looks whether somebody follows the job and whether it was cancelled; at most every `checkEveryMs`. */
  check(): void;
}

/** How stale the knowledge about followers may be while a job makes progress. */
const checkEveryMs = 400;

const attention = `redis.call("EXISTS", KEYS[1]), redis.call("PUBSUB", "NUMSUB", ARGV[1])[2]`;

/** KEYS: cancelled mark; ARGV: the job's channel. Returns whether it is cancelled and how many follow it. */
const look = createScript(`return { ${attention} }`);

/**
 * KEYS: cancelled mark, text, job; ARGV: the job's channel, ms to keep the text, what to write down of the start. Returns the
 * same, and the text.
 */
const take = createScript(`
${writeStart("KEYS[3]", "ARGV[3]")}
return { ${attention}, redis.call("GETEX", KEYS[2], "PX", ARGV[2]) }`);

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
  const learn = (cancelled: number, followers: number) => {
    setWanted(followers > 0);
    if (cancelled === 1) onCancelled();
  };
  const check = async () => {
    const [cancelled, followers] = (await look(redis, [keys.cancelled(id)], [channel])) as [number, number];
    learn(cancelled, followers);
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
    readText: async (ttlMs, start) => {
      checked = performance.now();
      const touched = [keys.cancelled(id), keys.text(id), jobKey(keys, id)];
      const reply = (await take(redis, touched, [channel, ttlMs, start])) as [number, number, string | null];
      const [cancelled, followers, text] = reply;
      learn(cancelled, followers);
      return text;
    },
    check: () => {
      const now = performance.now();
      if (now - checked < checkEveryMs) return;
      checked = now;
      check().catch(() => {});
    },
  };
}
