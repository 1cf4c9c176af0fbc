/** Every summary goes through this queue. */
export const summarizeQueueName = "summarize";

/** Webhook deliveries have a queue of their own, so that a slow receiver delays no summary. */
export const webhooksQueueName = "webhooks";

export type QueueName = typeof summarizeQueueName | typeof webhooksQueueName;
