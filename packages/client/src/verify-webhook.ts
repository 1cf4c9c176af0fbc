import { checkNumber } from "./check-options.js";

/** A week: whoever accepts older messages has to remember their ids for as long. */
const maxToleranceSeconds = 604_800;

/** A webhook that is not what it says it is. */
export class PrecisWebhookError extends Error {
  override readonly name = "PrecisWebhookError";
}

export interface WebhookToVerify {
  /** The body exactly as it came, before any parsing. */
  body: string;
  /** The request's headers: a `Headers`, or names (any case) with values. */
  headers: Headers | Readonly<Record<string, string | string[] | undefined>>;
  /** `whsec_…`; several while keys are being changed. */
  secret: string | readonly string[];
  /** How far the time in the message may be off, in seconds, 0 to 604800; it keeps old messages from being sent again. Default 300. */
  toleranceSeconds?: number;
  /** Unix ms; for tests. */
  now?: number;
}

/**
 * Checks a webhook by Standard Webhooks (HMAC-SHA256 over id, time and body) and returns its parsed body. Remember the
 * `webhook-id` and skip what you have seen: a message may come more than once.
 *
 * @throws {PrecisWebhookError} saying what does not fit
 * @throws {RangeError} when the tolerance is out of bounds
 */
export async function verifyWebhook<Payload = unknown>(message: WebhookToVerify): Promise<Payload> {
  const { body, secret, toleranceSeconds = 300, now = Date.now() } = message;
  // Compared with NaN every time would be near enough.
  checkNumber("toleranceSeconds", toleranceSeconds, 0, maxToleranceSeconds);
  const id = readHeader(message.headers, "webhook-id");
  const time = readHeader(message.headers, "webhook-timestamp");
  const signatures = readHeader(message.headers, "webhook-signature");
  const seconds = Number(time);
  if (!/^\d+$/.test(time)) throw new PrecisWebhookError("webhook-timestamp is not a Unix time in seconds");
  if (Math.abs(now / 1_000 - seconds) > toleranceSeconds) {
    throw new PrecisWebhookError(`webhook-timestamp is off by more than ${toleranceSeconds} s`);
  }
  const signed = new TextEncoder().encode(`${id}.${time}.${body}`);
  const given = signatures
    .split(" ")
    .flatMap((signature) => (signature.startsWith("v1,") ? (fromBase64(signature.slice(3)) ?? []) : []));
  for (const one of typeof secret === "string" ? [secret] : secret) {
    const bytes = fromBase64(one.replace(/^whsec_/, ""));
    if (bytes === undefined) throw new PrecisWebhookError("a secret is not whsec_ and base64");
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    for (const signature of given) {
      // Compares in a time that does not depend on where they differ.
      if (await crypto.subtle.verify("HMAC", key, signature, signed)) return JSON.parse(body) as Payload;
    }
  }
  throw new PrecisWebhookError("no signature fits: another secret, or the body was changed");
}

function readHeader(headers: WebhookToVerify["headers"], name: string): string {
  const value =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([field]) => field.toLowerCase() === name)?.[1];
  const text = Array.isArray(value) ? value[0] : value;
  if (text === undefined || text === null || text === "") throw new PrecisWebhookError(`the header ${name} is missing`);
  return text;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
