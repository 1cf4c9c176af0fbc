import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { keyInHeader, sessionCookie } from "./find-caller.js";

/**
 * Refuses what another site makes a browser send here. It applies to requests with a session, and without keys to all
 * that come from a browser (`Origin` or `Sec-Fetch-Site`), since then the address alone is the permission. A key in a
 * header cannot come from another site, and curl sends none of these headers.
 */
export function sameOriginOnly(): MiddlewareHandler {
  const check = csrf();
  return (c, next) => {
    const fromBrowser = c.req.header("origin") ?? c.req.header("sec-fetch-site") ?? getCookie(c, sessionCookie);
    return keyInHeader(c) === undefined && fromBrowser !== undefined ? check(c, next) : next();
  };
}
