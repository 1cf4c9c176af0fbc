/** BullMQ queue every summary goes through. */
export const summarizeQueueName = "summarize";

/** BullMQ queue of webhook deliveries, apart from the summaries so that a slow receiver slows nothing but itself. */
export const webhooksQueueName = "webhooks";
