import { PrecisError } from "@precis/contracts";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { apiKeyOf, sessionCookie } from "./authenticate.js";

const safeMethods = ["GET", "HEAD", "OPTIONS"];

/**
 * Rejects requests that another site makes a browser send, whatever their content type. A browser names the site in `Origin` or
 * `Sec-Fetch-Site`; a request with a session that names neither is rejected too. Without API keys the network address alone
 * is the permission. Another site cannot set a header with an API key.
 */
export function requireSameOrigin(): MiddlewareHandler {
  return (c, next) => {
    if (!safeMethods.includes(c.req.method) && apiKeyOf(c) === undefined && !isFromHere(c)) {
      throw new PrecisError("forbidden", "The request came from another origin");
    }
    return next();
  };
}

function isFromHere(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  const origin = c.req.header("origin");
  if (origin === undefined) return site !== undefined || getCookie(c, sessionCookie) === undefined;
  // Hosts only: behind a proxy that terminates TLS the scheme of the two differs.
  const own = c.req.header("host") ?? new URL(c.req.url).host;
  return URL.canParse(origin) && new URL(origin).host === new URL(`http://${own}`).host;
}
