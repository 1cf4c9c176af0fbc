import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { problem } from "./problem.js";

/** Answers what no route takes: 405 with `Allow` where the path exists for other methods, else 404. */
export function answerUnknown(app: OpenAPIHono): (c: Context) => Response {
  let known: { form: RegExp; method: string }[] | undefined;
  return (c) => {
    // Built at the first need, when all routes have been registered.
    known ??= app.routes
      .filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
      .map(({ method, path }) => ({ method, form: formOf(path) }));
    const allowed = new Set(known.filter(({ form }) => form.test(c.req.path)).map(({ method }) => method));
    if (allowed.size === 0) {
      return problem(c, "not_found", `${c.req.method} ${c.req.path} is not part of this API; see /openapi.json`);
    }
    if (allowed.has("GET")) allowed.add("HEAD");
    const list = [...allowed].sort().join(", ");
    c.header("Allow", list);
    return problem(c, "method_not_allowed", `${c.req.path} takes ${list}, not ${c.req.method}`);
  };
}

function formOf(path: string): RegExp {
  const parts = path
    .split("/")
    .map((part) => (part.startsWith(":") ? "[^/]+" : part.replace(/[.+^$()|[\]\\]/g, "\\$&")));
  return new RegExp(`^${parts.join("/")}$`);
}
