export { type AddressPolicy, createAddressPolicy } from "./address-policy.js";
export { checkWebhookUrl } from "./check-webhook-url.js";
export { deleteStoredBody, readStoredBody, storeBody } from "./delivery-body.js";
export { readAttempts, recordAttempt } from "./delivery-log.js";
export { type EndpointHealthLimits, type EndpointTracker, trackEndpoint } from "./endpoint-health.js";
export { computeRetryDelay, type Failure, parseRetryAfter } from "./retry-schedule.js";
export { buildMessageId, signWebhook } from "./sign-webhook.js";
export { readSecrets, rotateSecret } from "./signing-secrets.js";
