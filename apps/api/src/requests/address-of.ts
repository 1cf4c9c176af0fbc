import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";

/** The address a request came from; that of a proxy, if there is one. */
export function addressOf(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? "unknown";
  } catch {
    // The app is called without a socket, as tests do.
    return "unknown";
  }
}
