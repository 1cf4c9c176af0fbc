import type { Context, MiddlewareHandler } from "hono";

/**
 * The path prefix that a proxy has stripped, from `X-Forwarded-Prefix`; empty when there is none or it is not a plain
 * path.
 */
export function proxyPrefix(c: Context): string {
  const given = c.req.header("x-forwarded-prefix")?.replace(/\/+$/, "") ?? "";
  return /^(?:\/[\w.~-]+)+$/.test(given) ? given : "";
}

/** Adds that prefix to redirects within this server. */
export const prefixRedirects: MiddlewareHandler = async (c, next) => {
  await next();
  const { status } = c.res;
  if (status < 300 || status >= 400) return;
  const location = c.res.headers.get("location");
  const prefix = proxyPrefix(c);
  if (prefix !== "" && location?.startsWith("/")) c.res.headers.set("location", prefix + location);
};
