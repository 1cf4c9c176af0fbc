import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const form = /^precis_([0-9a-hjkmnp-tv-z]{8})_[0-9a-hjkmnp-tv-z]{32}$/;

/** `length` characters of Crockford base 32, five random bits each. */
function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % 32]).join("");
}

/**
 * A new key: `precis_<prefix>_<secret>`, 8 and 32 characters of Crockford base 32 (160 secret bits). The fixed start lets
 * secret scanners find a leaked key (`precis_[0-9a-z]{8}_[0-9a-z]{32}`); the prefix identifies it.
 */
export function createApiKey(): { token: string; prefix: string } {
  const prefix = randomText(8);
  return { token: `precis_${prefix}_${randomText(32)}`, prefix };
}

/** The prefix of a well-formed key, else `undefined`. */
export function prefixOf(token: string): string | undefined {
  return form.exec(token)?.[1];
}

/** SHA-256, hexadecimal. Keys hold 160 random bits, so a slow password hash would protect nothing more. */
export function hashSecret(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Compares two hexadecimal hashes in a time that does not depend on where they differ. */
export function hashesEqual(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, "hex"), Buffer.from(right, "hex")];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A secret for a browser session: 256 random bits, base64url. */
export function createSessionToken(): string {
  return randomBytes(32).toString("base64url");
}
