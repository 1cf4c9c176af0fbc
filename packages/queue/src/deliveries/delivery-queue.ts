import type { DeliveryData } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { Queue, type Telemetry } from "bullmq";
import { webhooksQueueName } from "../bullmq/queue-names.js";
import type { JobRecord } from "../jobs/read-job.js";
import { deliveryIdOf, deliveryOptions } from "./delivery-job.js";

/** The asking side of webhook deliveries. */
export interface DeliveryQueue {
  /** BullMQ's own queue, for Bull Board only. */
  readonly bull: Queue;
  /** Tells of the job's end once more, now; one that waits for its next attempt is not doubled but brought forward. */
  redeliver(job: JobRecord): Promise<void>;
  /** To be called before a job is retried: tells of the end that is to come, instead of the one that was. */
  awaitNextEnd(job: JobRecord): Promise<void>;
  /** Removes what Redis holds about the deliveries of a job that has been deleted. */
  forget(jobId: string): Promise<void>;
  close(): Promise<void>;
}

export interface DeliveryQueueOptions {
  keys: Keys;
  redis: Redis;
  /** Waits before each attempt. */
  scheduleMs: readonly number[];
  /** Traces what is added. */
  telemetry?: Telemetry | undefined;
}

export function openDeliveryQueue(options: DeliveryQueueOptions): DeliveryQueue {
  const { redis, keys, scheduleMs } = options;
  const bull = new Queue(webhooksQueueName, {
    connection: redis,
    prefix: keys.prefix,
    ...(options.telemetry === undefined ? {} : { telemetry: options.telemetry }),
  });
  bull.on("error", () => {});
  /** The delivery added with a job, and those that can be added later: a second only while the first is on its way. */
  const laterIdsOf = (jobId: string) => [`${deliveryIdOf(jobId)}_again`, `${deliveryIdOf(jobId)}_again2`];

  /** The deliveries of a job that have not ended, with their states. */
  const openOnes = async (jobId: string) => {
    const deliveries = await Promise.all([deliveryIdOf(jobId), ...laterIdsOf(jobId)].map((id) => bull.getJob(id)));
    const found = deliveries.filter((delivery) => delivery !== undefined);
    const states = await Promise.all(found.map((delivery) => delivery.getState()));
    return found
      .map((delivery, index) => ({ delivery, state: states[index] }))
      .filter(({ state }) => state !== "completed" && state !== "failed" && state !== "unknown");
  };
  const add = async ({ id, data }: JobRecord, busy: readonly (string | undefined)[], rest: Partial<DeliveryData>) => {
    const free = laterIdsOf(id).find((later) => !busy.includes(later));
    if (free === undefined || data.webhook === undefined) return;
    // The id of one that has ended is free once that has gone from the queue.
    await bull.remove(free);
    const { webhook, resultTtlSeconds, requestId } = data;
    const added: DeliveryData = {
      version: 1,
      jobId: id,
      webhook,
      resultTtlSeconds,
      ...(requestId === undefined ? {} : { requestId }),
      ...rest,
    };
    await bull.add("deliver", added, { ...deliveryOptions(free, scheduleMs), delay: 0 });
  };

  return {
    bull,
    redeliver: async (job) => {
      const all = await openOnes(job.id);
      // One that was not asked for tells only of what the webhook wants.
      const wanted = job.data.webhook?.events.some((event) => event === job.status);
      const telling = all.filter(({ delivery }) => wanted || delivery.data.asked === true);
      for (const { delivery, state } of telling) if (state === "delayed") await delivery.promote();
      if (telling.length === 0) {
        await add(
          job,
          all.map(({ delivery }) => delivery.id),
          { asked: true },
        );
      }
    },
    awaitNextEnd: async (job) => {
      const busy: (string | undefined)[] = [];
      for (const { delivery } of await openOnes(job.id)) {
        // One that waits would tell of the end that was. One on its way cannot be removed, and does so.
        if ((await bull.remove(delivery.id as string)) === 0) busy.push(delivery.id);
      }
      await add(job, busy, { afterEnd: job.finishedAt ?? Date.now() });
    },
    forget: async (jobId) => {
      await redis.del(keys.deliveries(jobId), keys.webhookBody(jobId));
      // One that is on its way just now stays; it finds the job gone, and leaves nothing behind either.
      for (const id of [deliveryIdOf(jobId), ...laterIdsOf(jobId)]) await bull.remove(id);
    },
    close: () => bull.close(),
  };
}
