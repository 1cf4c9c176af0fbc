import type { DeliveryData } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { addJobs } from "../bullmq/add-jobs.js";
import { deliveryOptions } from "../bullmq/job-options.js";
import { type BullQueue, openQueue, type Telemetry } from "../bullmq/open-queue.js";
import { webhooksQueueName } from "../bullmq/queue-names.js";
import { type QueueDepth, readDepth } from "../depth/read-depth.js";
import type { JobRecord } from "../jobs/read-job.js";
import { deliveryDataOf, deliveryIdOf, deliveryName, laterDeliveryIdsOf } from "./delivery-job.js";

/** The submitting side of webhook deliveries. */
export interface DeliveryQueue {
  /** BullMQ's own queue, for Bull Board only. */
  readonly bull: BullQueue;
  /** Delivers the end of a job again, now; a delivery that waits for its next attempt is not doubled but sent at once. */
  redeliver(job: JobRecord): Promise<void>;
  /** To be called before a job is retried: delivers its next end instead of the previous one. */
  awaitNextEnd(job: JobRecord): Promise<void>;
  /** Deletes the deliveries of a job that has been deleted. */
  forget(jobId: string): Promise<void>;
  readDepth(): Promise<QueueDepth>;
  close(): Promise<void>;
}

export interface DeliveryQueueOptions {
  keys: Keys;
  redis: Redis;
  /** Delays before each attempt. */
  scheduleMs: readonly number[];
  /** Traces every delivery that is added. */
  telemetry?: Telemetry | undefined;
}

export function openDeliveryQueue(options: DeliveryQueueOptions): DeliveryQueue {
  const { redis, keys, scheduleMs } = options;
  const queue = openQueue(webhooksQueueName, options);
  const { bull } = queue;
  const allIdsOf = (jobId: string) => [deliveryIdOf(jobId), ...laterDeliveryIdsOf(jobId)];

  /** By default BullMQ removes the children too, and the child of a delivery is the job itself. */
  const remove = (id: string) => bull.remove(id, { removeChildren: false });

  /** The deliveries of a job that have not ended, with their states. */
  const readOpen = async (jobId: string) => {
    const deliveries = await Promise.all(allIdsOf(jobId).map((id) => bull.getJob(id)));
    const found = deliveries.filter((delivery) => delivery !== undefined);
    const states = await Promise.all(found.map((delivery) => delivery.getState()));
    return found
      .map((delivery, index) => ({ delivery, state: states[index] }))
      .filter(({ state }) => state !== "completed" && state !== "failed" && state !== "unknown");
  };
  const add = async (job: JobRecord, busy: readonly (string | undefined)[], more: Partial<DeliveryData>) => {
    const id = laterDeliveryIdsOf(job.id).find((later) => !busy.includes(later));
    const data = deliveryDataOf(job.id, job.data);
    if (id === undefined || data === undefined) return;
    // The id of a delivery that has ended is free once that delivery is removed.
    await remove(id);
    await addJobs(queue, [
      { id, name: deliveryName, data: { ...data, ...more }, options: deliveryOptions(scheduleMs, 0) },
    ]);
  };

  return {
    bull,
    redeliver: async (job) => {
      const open = await readOpen(job.id);
      // One that nobody asked for is sent only for the events of the webhook.
      const isSubscribed = job.data.webhook?.events.some((event) => event === job.status);
      const sending = open.filter(({ delivery }) => isSubscribed || delivery.data.asked === true);
      for (const { delivery, state } of sending) if (state === "delayed") await delivery.promote();
      const busy = open.map(({ delivery }) => delivery.id);
      if (sending.length === 0) await add(job, busy, { asked: true });
    },
    awaitNextEnd: async (job) => {
      const busy: (string | undefined)[] = [];
      for (const { delivery } of await readOpen(job.id)) {
        // One that waits would deliver the previous end. One that is being delivered cannot be removed, and does so.
        if ((await remove(delivery.id as string)) === 0) busy.push(delivery.id);
      }
      await add(job, busy, { afterEnd: job.finishedAt ?? Date.now() });
    },
    forget: async (jobId) => {
      await redis.del(keys.deliveries(jobId), keys.webhookBody(jobId));
      // One that is being delivered stays; it finds no job, and leaves nothing behind either.
      for (const id of allIdsOf(jobId)) await remove(id);
    },
    readDepth: () => readDepth(queue),
    close: () => bull.close(),
  };
}
