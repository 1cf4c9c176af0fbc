import type { Context } from "hono";
import type { RouteServices } from "../route.js";
import { isKeyRequired } from "./authorize.js";

/**
 * Whether the caller of a request that has been accepted may still do it: its API key may have been revoked, its session ended,
 * or a first key created. For responses that last; an error of Redis changes nothing.
 */
export async function hasAccessStill(c: Context, { config, auth: { authenticator } }: RouteServices): Promise<boolean> {
  try {
    if (c.get("caller").prefix === undefined) return !(await isKeyRequired(config, authenticator));
    return (await authenticator.authenticate(c)) !== undefined;
  } catch {
    return true;
  }
}
