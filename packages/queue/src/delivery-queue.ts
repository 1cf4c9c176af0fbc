import { type DeliveryData, deliveryDataSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { Queue } from "bullmq";
import { deliveryIdOf, deliveryOptions } from "./delivery-job.js";
import { webhooksQueueName } from "./queue-name.js";

/** The delivery that was added with a job. */
export interface DeliveryRecord {
  data: DeliveryData;
  /** Whether it has been delivered, given up, or needed no delivery. */
  ended: boolean;
  /** Whether the job ended in a way the webhook did not ask for. */
  skipped: boolean;
}

/** The asking side of webhook deliveries. */
export interface DeliveryQueue {
  /** BullMQ's own queue, for Bull Board only. */
  readonly bull: Queue;
  /** `undefined` when the job has no webhook. */
  read(jobId: string): Promise<DeliveryRecord | undefined>;
  /**
   * Delivers once more: now when `asked`, after the next end of a job that is to be `retried`. A delivery that waits for
   * its next attempt is not doubled but brought forward. Whether there is a webhook at all.
   */
  again(jobId: string, why: "asked" | "retried"): Promise<boolean>;
  close(): Promise<void>;
}

export function openDeliveryQueue(options: { keys: Keys; redis: Redis; scheduleMs: readonly number[] }): DeliveryQueue {
  const bull = new Queue(webhooksQueueName, { connection: options.redis, prefix: options.keys.prefix });
  bull.on("error", () => {});
  return {
    bull,
    read: async (jobId) => {
      const job = await bull.getJob(deliveryIdOf(jobId));
      if (job === undefined) return undefined;
      return {
        data: deliveryDataSchema.parse(job.data),
        ended: job.finishedOn !== undefined,
        skipped: job.returnvalue?.outcome === "skipped",
      };
    },
    again: async (jobId, why) => {
      const id = deliveryIdOf(jobId);
      const againId = `${id}_again`;
      const first = await bull.getJob(id);
      if (first === undefined) return false;
      const again = await bull.getJob(againId);
      for (const delivery of [first, again]) {
        const state = await delivery?.getState();
        if (state === "delayed") await delivery?.promote();
        if (state === "delayed" || state === "waiting" || state === "active" || state === "waiting-children")
          return true;
      }
      // Its id is free again once the last one has gone from the queue.
      await again?.remove();
      const { firstAttemptAt: _, ...data } = deliveryDataSchema.parse(first.data);
      const added: DeliveryData = { ...data, again: why };
      await bull.add("deliver", added, {
        ...deliveryOptions(againId, options.scheduleMs, data.resultTtlSeconds),
        delay: 0,
      });
      return true;
    },
    close: () => bull.close(),
  };
}
