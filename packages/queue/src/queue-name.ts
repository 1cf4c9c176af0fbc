/** BullMQ queue every summary goes through. */
export const summarizeQueueName = "summarize";
