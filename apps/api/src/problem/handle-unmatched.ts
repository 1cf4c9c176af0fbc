import { PrecisError } from "@precis/contracts";
import type { Context, NotFoundHandler } from "hono";
import type { Authorize } from "../auth/authorize.js";
import { roleFor, unmatchedAccess } from "../auth/require-api-key.js";
import type { Route } from "../route.js";
import { problemResponse } from "./problem.js";
import { toPrecisError } from "./to-precis-error.js";

/**
 * Handles requests no row of the table matches: 405 with `Allow` where the path has other methods, else 404. Both need an API
 * key once keys are required, so that without one nobody learns which paths exist.
 */
export function handleUnmatched(routes: readonly Route[], authorize: Authorize): NotFoundHandler {
  const patterns = routes
    .filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
    .map(({ method, path }) => ({ method, pattern: toPattern(path) }));
  return async (c) => {
    try {
      // A row that matched has checked access already, and found nothing to serve.
      const role = c.get("route") === undefined ? roleFor(unmatchedAccess, c.req.method) : "open";
      const redirect = role === "open" ? undefined : await authorize(c, role);
      return redirect ?? problemResponse(c, unmatchedError(c, patterns));
    } catch (error) {
      return problemResponse(c, toPrecisError(error as Error));
    }
  };
}

function unmatchedError(c: Context, patterns: readonly { method: string; pattern: RegExp }[]): PrecisError {
  const { method, path } = c.req;
  const allowed = new Set(patterns.filter(({ pattern }) => pattern.test(path)).map((row) => row.method));
  if (allowed.size === 0) return new PrecisError("not_found", `${method} ${path} does not exist; see /openapi.json`);
  if (allowed.has("GET")) allowed.add("HEAD");
  const list = [...allowed].sort().join(", ");
  c.header("Allow", list);
  return new PrecisError("method_not_allowed", `${path} allows ${list} (got ${method})`);
}

function toPattern(path: string): RegExp {
  const parts = path
    .split("/")
    .map((part) => (part.startsWith("{") ? "[^/]+" : part.replace(/[.+^$()|[\]\\]/g, "\\$&")));
  return new RegExp(`^${parts.join("/")}$`);
}
