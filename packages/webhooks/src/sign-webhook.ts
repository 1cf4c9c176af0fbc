import { createHmac } from "node:crypto";

/**
 * Id of the message about one end of a job: the same for every attempt, so that a receiver can tell repeats, and another
 * one when a retried job ends again.
 *
 * @param endedAt ISO time
 */
export function messageId(jobId: string, endedAt: string): string {
  return `msg_${jobId.replace(/^job_/, "")}_${Date.parse(endedAt).toString(36)}`;
}

/**
 * Headers of Standard Webhooks for a body, with one signature for each secret: while a secret is being replaced,
 * receivers that know the old one and receivers that know the new one both verify it.
 */
export function signWebhook(id: string, at: Date, body: string, secrets: readonly string[]): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1_000);
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatures.join(" "),
  };
}
