import { Webhook } from "standardwebhooks";

/**
 * Id of the message about one end of a job: the same for every attempt, so that an endpoint recognizes repeats, and a
 * different one when a retried job ends again.
 *
 * @param endedAt ISO time
 */
export function buildMessageId(jobId: string, endedAt: string): string {
  return `msg_${jobId.replace(/^job_/, "")}_${Date.parse(endedAt).toString(36)}`;
}

/**
 * The Standard Webhooks headers for a body, with one signature for each secret: during a rotation, endpoints that know
 * the old secret and endpoints that know the new one both verify it.
 */
export function signWebhook(id: string, at: Date, body: string, secrets: readonly string[]): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" "),
  };
}
