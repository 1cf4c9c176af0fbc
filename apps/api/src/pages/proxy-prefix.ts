import type { Context, MiddlewareHandler } from "hono";

/**
 * The path a proxy has taken off the front of the address, from `X-Forwarded-Prefix`; empty when there is none or it is
 * not a plain path.
 */
export function proxyPrefix(c: Context): string {
  const given = c.req.header("x-forwarded-prefix")?.replace(/\/+$/, "") ?? "";
  return /^(?:\/[\w.~-]+)+$/.test(given) ? given : "";
}

/** Puts that path before redirects to places on this server. */
export const prefixRedirects: MiddlewareHandler = async (c, next) => {
  await next();
  const location = c.res.headers.get("location");
  const prefix = proxyPrefix(c);
  const redirects = c.res.status >= 300 && c.res.status < 400;
  if (prefix !== "" && redirects && location?.startsWith("/")) c.res.headers.set("location", prefix + location);
};
