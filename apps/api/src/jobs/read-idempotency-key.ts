import { createHash } from "node:crypto";
import { PrecisError } from "@precis/contracts";
import type { Once } from "@precis/queue";
import type { Context } from "hono";
import { ownerField } from "../keys/caller.js";

const longestKey = 255;

/**
 * What `Idempotency-Key` says about a request, if there is one. What counts as the same request is what it asks for, not
 * how its JSON is spelt.
 *
 * @param body the validated request
 * @throws {PrecisError} `invalid_request` when the key is too long or empty
 */
export function readOnce(c: Context, body: unknown): Once | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return undefined;
  if (key === "" || key.length > longestKey) {
    const detail = `idempotency-key: must have 1 to ${longestKey} characters, got ${key.length}`;
    throw new PrecisError("invalid_request", detail);
  }
  const fingerprint = createHash("sha256")
    .update(`${c.req.path}\n${JSON.stringify(body)}`)
    .digest("base64url");
  // Two callers who think of the same key mean different requests.
  return { key: `${ownerField(c).owner ?? ""}\n${key}`, fingerprint };
}

/** The same key came with another request. */
export function keyReused(): PrecisError {
  const detail =
    "idempotency-key: was used for another request within the last 24 hours; use a new key for a new request";
  return new PrecisError("idempotency_key_reused", detail);
}
