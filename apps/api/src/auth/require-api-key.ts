import type { MiddlewareHandler } from "hono";
import { problem } from "../problem/problem.js";
import { neededRole } from "./access-rules.js";
import type { CallerFinder } from "./find-caller.js";
import type { Gate } from "./gate.js";

/** Lets a request through when its key or session has the role its path needs, and says in `caller` whose it is. */
export function demandKey(gate: Gate, callers: CallerFinder): MiddlewareHandler {
  return async (c, next) => {
    const needed = neededRole(c.req.method, c.req.path);
    if (needed === "open") return next();
    const verdict = await gate({ needed, url: c.req.url, find: () => callers.find(c) });
    if ("caller" in verdict) {
      c.set("caller", verdict.caller);
      return next();
    }
    if (verdict.refused === "not-loopback") {
      return problem(c, "forbidden", "while there are no API keys, only requests to a loopback name are answered");
    }
    if (verdict.refused === "role") {
      return problem(c, "forbidden", `this needs a key with the role ${needed}; yours has ${verdict.has}`);
    }
    if (c.req.method === "GET" && /text\/html/.test(c.req.header("accept") ?? "")) {
      return c.redirect(`/login?next=${encodeURIComponent(c.req.path)}`, 303);
    }
    c.header("WWW-Authenticate", 'Bearer realm="precis"');
    return problem(
      c,
      "unauthorized",
      "a valid API key is needed, as `Authorization: Bearer precis_…` or `X-API-Key: precis_…`",
    );
  };
}
