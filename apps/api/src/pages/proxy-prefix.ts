import type { Context } from "hono";

/**
 * The path prefix that a proxy has stripped, from `X-Forwarded-Prefix`; empty when there is none or it is not a plain
 * path.
 */
export function proxyPrefix(c: Context): string {
  const given = c.req.header("x-forwarded-prefix")?.replace(/\/+$/, "") ?? "";
  return /^(?:\/[\w.~-]+)+$/.test(given) ? given : "";
}
