import { checkNumber } from "./check-options.js";

/** A week: a receiver must remember message ids for as long as it accepts old messages. */
const maxToleranceSeconds = 604_800;

/** A webhook whose signature, time or headers are not valid. */
export class PrecisWebhookError extends Error {
  override readonly name = "PrecisWebhookError";
}

export interface WebhookToVerify {
  /** The body exactly as received, before it is parsed. */
  body: string;
  /** The headers of the request: a `Headers`, or names (in any case) with values. */
  headers: Headers | Readonly<Record<string, string | string[] | undefined>>;
  /** `whsec_…`; several during a rotation. */
  secret: string | readonly string[];
  /** Maximum difference between `webhook-timestamp` and now, in seconds, 0 to 604800; protects from replays. Default 300. */
  toleranceSeconds?: number;
  /** Unix ms; for tests. */
  now?: number;
}

/**
 * Verifies a webhook by Standard Webhooks (HMAC-SHA256 over id, time and body) and returns its parsed body. Store each
 * `webhook-id` and skip repeats, because a message may arrive more than once.
 *
 * Uses WebCrypto, not the `standardwebhooks` package that signs: browsers load this package unbundled, which CommonJS
 * cannot be, and that package takes one secret and a fixed tolerance. The tests check each against the other.
 *
 * @throws {PrecisWebhookError} naming what is not valid
 * @throws {RangeError} if the tolerance is out of bounds
 */
export async function verifyWebhook<Payload = unknown>(message: WebhookToVerify): Promise<Payload> {
  const { body, secret, toleranceSeconds = 300, now = Date.now() } = message;
  // NaN would accept every time.
  checkNumber("toleranceSeconds", toleranceSeconds, 0, maxToleranceSeconds);
  const id = readHeader(message.headers, "webhook-id");
  const time = readHeader(message.headers, "webhook-timestamp");
  const signatures = readHeader(message.headers, "webhook-signature");
  const seconds = Number(time);
  // Whoever calls the endpoint chooses the header, so its length is limited here.
  const got = `(got ${time.slice(0, 40)})`;
  if (!/^\d+$/.test(time)) throw new PrecisWebhookError(`webhook-timestamp must be a Unix time in seconds ${got}`);
  if (Math.abs(now / 1_000 - seconds) > toleranceSeconds) {
    throw new PrecisWebhookError(`webhook-timestamp must be within ${toleranceSeconds} s of now ${got}`);
  }
  const signed = new TextEncoder().encode(`${id}.${time}.${body}`);
  const given = signatures
    .split(" ")
    .flatMap((signature) => (signature.startsWith("v1,") ? (fromBase64(signature.slice(3)) ?? []) : []));
  for (const one of typeof secret === "string" ? [secret] : secret) {
    const bytes = fromBase64(one.replace(/^whsec_/, ""));
    if (bytes === undefined) throw new PrecisWebhookError("a secret must be whsec_ and base64");
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    for (const signature of given) {
      // Constant-time comparison.
      if (await crypto.subtle.verify("HMAC", key, signature, signed)) return JSON.parse(body) as Payload;
    }
  }
  throw new PrecisWebhookError("no signature matches: the secret is another one, or the body was changed");
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
