import { createScript, type Keys, type Redis } from "@precis/redis";
import { bullKeys } from "../bullmq/keys.js";
import { summarizeQueueName } from "../bullmq/queue-names.js";
import { type StartMark, writeStartLua } from "../bullmq/start-mark.js";
import { createPartialSink, type PartialSink } from "./partial-texts.js";

/** What others do to a job while it runs: follow it, or cancel it. */
export interface RunningJob {
  readonly partials: PartialSink;
  /**
   * Reads the text of the job and keeps it for another `ttlMs`, writes that the job has started, and checks as `check` does, by
   * one command; `null` when the text does not exist.
   */
  readText(ttlMs: number, start: StartMark): Promise<string | null>;
  /** Checks whether the job has followers and whether it was cancelled; at most every `checkIntervalMs`. */
  check(): void;
}

/** How old the number of followers may be while a job makes progress. */
const checkIntervalMs = 400;

const state = `redis.call("EXISTS", KEYS[1]), redis.call("PUBSUB", "NUMSUB", ARGV[1])[2]`;

/** KEYS: cancelled mark; ARGV: channel of the job. Returns whether it is cancelled and its number of followers. */
const readState = createScript(`return { ${state} }`);

/**
 * KEYS: cancelled mark, text, job; ARGV: channel of the job, ms to keep the text, start mark. Returns the same, and the text.
 */
const start = createScript(`
${writeStartLua("KEYS[3]", "ARGV[3]")}
return { ${state}, redis.call("GETEX", KEYS[2], "PX", ARGV[2]) }`);

/**
 * Followers subscribe to the channel of the job, so Redis itself counts them: a key of our own could outlive an API process
 * that died.
 *
 * @param onCancelled called when the job was marked as cancelled, in case the command to cancel it was missed
 */
export function openRunningJob(redis: Redis, keys: Keys, id: string, onCancelled: () => void): RunningJob {
  const channel = keys.jobChannel(id);
  const [partials, setFollowers] = createPartialSink(redis, channel);
  let checkedAt = 0;
  const apply = ([cancelled, followers]: readonly number[]) => {
    setFollowers(followers ?? 0);
    if (cancelled === 1) onCancelled();
  };
  return {
    partials,
    readText: async (ttlMs, mark) => {
      checkedAt = performance.now();
      const touched = [keys.cancelled(id), keys.text(id), bullKeys(keys, summarizeQueueName).job(id)];
      const reply = (await start(redis, touched, [channel, ttlMs, mark])) as [number, number, string | null];
      const [cancelled, followers, text] = reply;
      apply([cancelled, followers]);
      return text;
    },
    check: () => {
      const now = performance.now();
      if (now - checkedAt < checkIntervalMs) return;
      checkedAt = now;
      readState(redis, [keys.cancelled(id)], [channel]).then(
        (reply) => apply(reply as number[]),
        () => {},
      );
    },
  };
}
