import { omitUndefined } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { type DefaultJobOptions, FlowProducer, Queue, type Telemetry } from "bullmq";
import { type BullKeys, bullKeys } from "./keys.js";
import type { QueueName } from "./queue-names.js";

export type { FlowProducer, Queue as BullQueue, Telemetry } from "bullmq";

/** A queue with the connection and the keys it uses. */
export interface OpenQueue {
  readonly bull: Queue;
  readonly redis: Redis;
  readonly keys: BullKeys;
}

export interface OpenQueueOptions {
  keys: Keys;
  /** A connection that is ready: BullMQ 6.7 asks for the version of the server as soon as the queue is made. */
  redis: Redis;
  defaultJobOptions?: DefaultJobOptions;
  /** Traces every job that is added. */
  telemetry?: Telemetry | undefined;
}

export function openQueue(name: QueueName, { keys, redis, defaultJobOptions, telemetry }: OpenQueueOptions): OpenQueue {
  const bull = new Queue(name, {
    connection: redis,
    prefix: keys.prefix,
    ...omitUndefined({ defaultJobOptions }),
    ...omitUndefined({ telemetry }),
  });
  ignoreErrors(bull);
  return { bull, redis, keys: bullKeys(keys, name) };
}

/** Adds jobs together with the job that waits for them. */
export function openFlowProducer({ keys, redis, telemetry }: OpenQueueOptions): FlowProducer {
  const flows = new FlowProducer({
    connection: redis,
    prefix: keys.prefix,
    ...omitUndefined({ telemetry }),
  });
  ignoreErrors(flows);
  return flows;
}

/** Connection errors reach whoever awaits a command; without a listener they would end the process. */
function ignoreErrors(emitter: { on(event: "error", listener: () => void): unknown }): void {
  emitter.on("error", () => {});
}
