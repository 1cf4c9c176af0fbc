export { type AddressPolicy, createAddressPolicy } from "./address-policy.js";
export { checkWebhookUrl } from "./check-webhook-url.js";
export { readAttempts, recordAttempt } from "./delivery-log.js";
export { type EndpointHealthLimits, type EndpointTracker, endpointHealth } from "./endpoint-health.js";
export { dropBody, keepBody, readBody } from "./pending-body.js";
export { type Failure, readRetryAfter, retryDelay } from "./retry-delay.js";
export { readSecrets, rotateSecret } from "./secrets.js";
export { messageId, signWebhook } from "./sign-webhook.js";
