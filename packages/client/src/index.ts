export type * from "./api.js";
export {
  type ClientOptions,
  createClient,
  type ListOptions,
  type PrecisClient,
  type SubmitOptions,
  type WaitOptions,
} from "./client.js";
export { PrecisApiError, PrecisConnectionError, PrecisJobError } from "./errors.js";
export type { FollowOptions } from "./follow-job.js";
export type { CommandOptions } from "./run-command.js";
export { PrecisWebhookError, verifyWebhook, type WebhookToVerify } from "./verify-webhook.js";
