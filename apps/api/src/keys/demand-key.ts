import type { Config } from "@precis/config";
import { PrecisError, roleAllows } from "@precis/contracts";
import type { Redis } from "@precis/redis";
import type { MiddlewareHandler } from "hono";
import { problem } from "../problem/problem.js";
import { neededRole } from "./access-rules.js";
import type { CallerFinder } from "./find-caller.js";
import { demandsKeys, isLoopback } from "./where-open.js";

/** Lets a request through when its key or session has the role its path needs, and says in `caller` whose it is. */
export function demandKey(config: Config, redis: Redis, callers: CallerFinder): MiddlewareHandler {
  const onLoopback = originCheck();
  return async (c, next) => {
    const needed = neededRole(c.req.method, c.req.path);
    if (needed === "open") return next();
    // Nothing behind this point works without Redis; asking it first would cost up to the command timeout.
    if (redis.status !== "ready") throw new PrecisError("redis_unavailable", "Redis is not connected");
    const keyCount = config.auth === "auto" ? await callers.keyCount() : 0;
    if (!demandsKeys(config, keyCount)) {
      if (config.auth === "auto" && !onLoopback(c.req.url)) {
        // A page of another site could otherwise let its own name point to 127.0.0.1 and read the answers.
        return problem(c, "forbidden", "while there are no API keys, only requests to a loopback name are answered");
      }
      c.set("caller", { role: "admin" });
      return next();
    }
    const caller = await callers.find(c);
    if (caller === undefined) {
      if (c.req.method === "GET" && /text\/html/.test(c.req.header("accept") ?? "")) {
        return c.redirect(`/login?next=${encodeURIComponent(c.req.path)}`, 303);
      }
      c.header("WWW-Authenticate", 'Bearer realm="precis"');
      return problem(
        c,
        "unauthorized",
        "a valid API key is needed, as `Authorization: Bearer precis_…` or `X-API-Key: precis_…`",
      );
    }
    if (!roleAllows(caller.role, needed)) {
      return problem(c, "forbidden", `this needs a key with the role ${needed}; yours has ${caller.role}`);
    }
    c.set("caller", caller);
    return next();
  };
}

/** Whether a URL's host is this machine; one origin is remembered, since nearly all requests come to the same. */
function originCheck(): (url: string) => boolean {
  let known = "";
  let loopback = false;
  return (url) => {
    const origin = url.slice(0, url.indexOf("/", "https://".length));
    if (origin !== known) {
      loopback = isLoopback(new URL(url).hostname);
      known = origin;
    }
    return loopback;
  };
}
