import type { Keys } from "@precis/redis";
import type { QueueName } from "./queue-names.js";

/** Keys in which BullMQ 6.7 stores one queue. Nothing else spells them; `keys.test.ts` compares them with the real ones. */
export interface BullKeys {
  /** Hash of a job; see `job-hash.ts`. */
  job(id: string): string;
  /** String (token of the worker): exists while a worker holds the job. */
  lock(id: string): string;
  /** List of ids of waiting jobs without a priority; here only those that were found stalled. */
  readonly wait: string;
  /** Sorted set of ids of waiting jobs; see `priority-score.ts`. */
  readonly prioritized: string;
  readonly delayed: string;
  /** List of ids of jobs that workers hold. */
  readonly active: string;
  /** Sorted set that wakes a waiting worker. */
  readonly marker: string;
  /** Stream of events, trimmed by length. */
  readonly events: string;
  /** Hash with the state of the queue. */
  readonly meta: string;
  /** Counter of jobs ever added, those with ids of their own included. */
  readonly added: string;
}

export function bullKeys({ prefix }: Pick<Keys, "prefix">, queue: QueueName): BullKeys {
  const base = `${prefix}:${queue}`;
  return {
    job: (id) => `${base}:${id}`,
    lock: (id) => `${base}:${id}:lock`,
    wait: `${base}:wait`,
    prioritized: `${base}:prioritized`,
    delayed: `${base}:delayed`,
    active: `${base}:active`,
    marker: `${base}:marker`,
    events: `${base}:events`,
    meta: `${base}:meta`,
    added: `${base}:id`,
  };
}
