import { createHash } from "node:crypto";
import { PrecisError } from "@precis/contracts";
import type { Once } from "@precis/queue";
import type { Context } from "hono";
import { ownerField } from "../auth/caller.js";
import { canonicalJson } from "./submission-content.js";

const maxKeyLength = 255;
const field = "idempotency-key";

/**
 * The `Idempotency-Key` of a request, with a fingerprint of the request. Requests are compared by content, not by JSON
 * formatting.
 *
 * @param content what the request asks for, from `submissionContent`
 * @throws {PrecisError} `invalid_request` when the key is empty or too long
 */
export function readIdempotencyKey(c: Context, content: () => unknown): Once | undefined {
  const key = c.req.header(field);
  if (key === undefined) return undefined;
  if (key === "" || key.length > maxKeyLength) {
    throw new PrecisError("invalid_request", `must have 1 to ${maxKeyLength} characters (got ${key.length})`, {
      field,
    });
  }
  const fingerprint = createHash("sha256")
    .update(`${c.req.path}\n${canonicalJson(content())}`)
    .digest("base64url");
  // The same key from two owners means two different requests.
  return { key: `${ownerField(c).owner ?? ""}\n${key}`, fingerprint };
}

export function idempotencyKeyReused(): PrecisError {
  const message = "was used for a different request within the last 24 hours; use a new key";
  return new PrecisError("idempotency_key_reused", message, { field });
}
