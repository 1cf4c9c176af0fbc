export { type AddressPolicy, createAddressPolicy } from "./address-policy.js";
export { checkWebhookUrl } from "./check-webhook-url.js";
export { dropBody, keepBody, readBody } from "./delivery-body.js";
export { readAttempts, recordAttempt } from "./delivery-log.js";
export { type EndpointHealthLimits, type EndpointTracker, endpointHealth } from "./endpoint-health.js";
export { type Failure, readRetryAfter, retryDelay } from "./retry-schedule.js";
export { messageId, signWebhook } from "./sign-webhook.js";
export { readSecrets, rotateSecret } from "./signing-secrets.js";
