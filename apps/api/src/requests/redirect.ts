import type { Context } from "hono";
import { proxyPrefix } from "../pages/proxy-prefix.js";

/** Redirects to a path on this server, behind the path prefix that a proxy strips. */
export function redirectTo(c: Context, path: string, status: 302 | 303 = 303): Response {
  return c.redirect(proxyPrefix(c) + path, status);
}
