import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { apiKeyOf, sessionCookie } from "./authenticate.js";

/**
 * Rejects requests that another site makes a browser send. Applies to requests with a session, and to every request with
 * `Origin` or `Sec-Fetch-Site`: without API keys the network address alone is the permission. Another site cannot set a
 * header with an API key.
 */
export function requireSameOrigin(): MiddlewareHandler {
  const check = csrf();
  return (c, next) => {
    const fromBrowser = c.req.header("origin") ?? c.req.header("sec-fetch-site") ?? getCookie(c, sessionCookie);
    return fromBrowser !== undefined && apiKeyOf(c) === undefined ? check(c, next) : next();
  };
}
