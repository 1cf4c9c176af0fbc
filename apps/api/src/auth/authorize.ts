import type { Config } from "@precis/config";
import { type KeyRole, PrecisError, roleAllows } from "@precis/contracts";
import type { Redis } from "@precis/redis";
import type { Context } from "hono";
import { redirectTo } from "../requests/redirect.js";
import type { Authenticator } from "./authenticate.js";
import type { Caller } from "./caller.js";
import type { FailureLimit } from "./limit-failures.js";
import { isLoopback, requiresApiKey } from "./open-access.js";

/**
 * Sets `caller` when the request has the role; otherwise throws, or returns a redirect that sends a browser to the login page.
 *
 * @throws {PrecisError} `unauthorized`, `forbidden` or `redis_unavailable`
 */
export type Authorize = (c: Context, role: KeyRole) => Promise<Response | undefined>;

/** Everyone, while no API key is required. */
const anonymousAdmin: Caller = { role: "admin" };

export function createAuthorize(
  config: Config,
  redis: Redis,
  authenticator: Authenticator,
  failures: FailureLimit,
): Authorize {
  const isLoopbackUrl = loopbackCheck();
  return async (c, role) => {
    // Nothing behind this point works without Redis; waiting for it would cost up to the command timeout.
    if (redis.status !== "ready") throw new PrecisError("redis_unavailable", "Redis is not connected");
    if (!(await isKeyRequired(config, authenticator))) {
      // A page of another site could otherwise let its own host name resolve to 127.0.0.1 and read the responses.
      if (config.auth === "auto" && !isLoopbackUrl(c.req.url)) {
        throw new PrecisError("forbidden", "Without API keys, only requests to a loopback host name are allowed");
      }
      c.set("caller", anonymousAdmin);
      return undefined;
    }
    await failures.check(c);
    const caller = await authenticator.authenticate(c);
    if (caller === undefined) {
      if (authenticator.hasCredentials(c)) await failures.count(c);
      return requestLogin(c);
    }
    if (!roleAllows(caller.role, role)) {
      throw new PrecisError("forbidden", `This needs an API key with the role ${role}; this key has ${caller.role}`);
    }
    c.set("caller", caller);
    return undefined;
  };
}

/** Whether requests need an API key now. */
export async function isKeyRequired(config: Config, authenticator: Authenticator): Promise<boolean> {
  return requiresApiKey(config, config.auth === "auto" ? await authenticator.keyCount() : 0);
}

function requestLogin(c: Context): Response {
  if (c.req.method === "GET" && /text\/html/.test(c.req.header("accept") ?? "")) {
    return redirectTo(c, `/login?next=${encodeURIComponent(c.req.path)}`);
  }
  c.header("WWW-Authenticate", 'Bearer realm="precis"');
  throw new PrecisError(
    "unauthorized",
    "Missing or invalid API key; send one as `Authorization: Bearer precis_…` or `X-API-Key: precis_…`",
  );
}

/** Whether the host of a URL is this machine; remembers one origin, since nearly all requests have the same. */
function loopbackCheck(): (url: string) => boolean {
  let knownOrigin = "";
  let isKnownLoopback = false;
  return (url) => {
    const origin = url.slice(0, url.indexOf("/", "https://".length));
    if (origin !== knownOrigin) {
      isKnownLoopback = isLoopback(new URL(url).hostname);
      knownOrigin = origin;
    }
    return isKnownLoopback;
  };
}
