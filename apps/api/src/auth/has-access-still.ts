import type { Context } from "hono";
import type { Auth } from "./create-auth.js";

/**
 * Whether the caller of a request that has been accepted may still do it: its API key may have been revoked, its session ended,
 * or a first key created. For responses that last; an error of Redis changes nothing.
 */
export async function hasAccessStill(c: Context, { authenticator }: Auth): Promise<boolean> {
  try {
    if (c.get("caller").prefix === undefined) return (await authenticator.keyCount()) === 0;
    return (await authenticator.authenticate(c)) !== undefined;
  } catch {
    return true;
  }
}
