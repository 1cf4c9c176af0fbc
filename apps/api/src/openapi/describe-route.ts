import type { RouteConfig } from "@hono/zod-openapi";
import { roleFor } from "../auth/require-api-key.js";
import { problemContent } from "../problem/problem.js";
import type { Route } from "../route.js";

type Responses = RouteConfig["responses"];
type HeaderDocs = Record<string, { description: string; schema: { type: "string" | "integer"; minimum?: number } }>;

const retryAfter: HeaderDocs = {
  "Retry-After": { description: "Seconds after which a retry makes sense", schema: { type: "integer", minimum: 1 } },
};
const location: HeaderDocs = {
  Location: { description: "Path of the created object", schema: { type: "string" } },
};
const headersByStatus: Record<string, HeaderDocs> = {
  401: { "WWW-Authenticate": { description: "How to send an API key", schema: { type: "string" } } },
  429: {
    ...retryAfter,
    "RateLimit-Policy": {
      description: "Requests allowed (`q`) in a window of seconds (`w`)",
      schema: { type: "string" },
    },
    RateLimit: {
      description: "Requests left (`r`) and seconds until the window ends (`t`)",
      schema: { type: "string" },
    },
  },
  503: retryAfter,
};

/** A row of the table in the form of the OpenAPI generator, with the responses that access and limits of the row imply. */
export function describeRoute(route: Route & { docs: object }): RouteConfig {
  const method = route.method.toLowerCase() as "get" | "post" | "delete";
  const role = roleFor(route, route.method);
  return {
    ...route.docs,
    method,
    path: route.path,
    tags: [route.tag],
    operationId: operationId(method, route.path),
    ...(role === "open" ? {} : { security: [{ bearer: [] }, { key: [] }] }),
    responses: withHeaders({ ...impliedResponses(route, role), ...route.docs.responses }, role === "open"),
  } as RouteConfig;
}

function impliedResponses(route: Route, role: string): Responses {
  if (role === "open") return {};
  const problem = (description: string) => ({ description, content: problemContent });
  return {
    401: problem("Missing or invalid API key"),
    403: problem(`The API key does not have the role \`${role}\``),
    429: problem("Rate limit exceeded (`RATE_LIMIT`)"),
    431: problem("Request line and headers larger than 16 KiB"),
    503: problem(
      route.admission ? "Redis is unavailable, or the queue is full (`queue_full`)" : "Redis is unavailable",
    ),
    ...(route.method === "GET" ? {} : { 413: problem("Body too large") }),
    ...(route.body?.accepts === undefined ? {} : { 415: problem("Unsupported media type") }),
  };
}

function withHeaders(responses: Responses, isOpen: boolean): Responses {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const headers = status === "202" ? location : isOpen ? undefined : headersByStatus[status];
      if (headers === undefined) return [status, response];
      return [status, { ...response, headers: { ...headers, ...("headers" in response ? response.headers : {}) } }];
    }),
  ) as Responses;
}

/** `get /api/v1/jobs/{id}/events` → `getJobsIdEvents`. */
function operationId(method: string, path: string): string {
  const words = path.replace(/^\/api\/v1/, "").match(/\w+/g) ?? ["root"];
  return method + words.map((word) => (word[0] ?? "").toUpperCase() + word.slice(1)).join("");
}
