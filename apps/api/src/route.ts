import type { RouteConfig } from "@hono/zod-openapi";
import type { Handler, MiddlewareHandler } from "hono";
import type { Auth } from "./auth/create-auth.js";
import type { Access } from "./auth/require-api-key.js";
import type { BodySize } from "./limits/limit-body.js";
import type { Metrics } from "./metrics/open-metrics.js";
import type { Services } from "./services.js";

declare module "hono" {
  interface ContextVariableMap {
    /** The row of the table that handles a request; absent when no row matches. */
    route: { pattern: string };
  }
}

export type Method = "GET" | "POST" | "DELETE" | "ALL";

export const tags = ["Jobs", "Batches", "Memory", "Webhooks", "Workers", "Operation", "Pages"] as const;

/** What OpenAPI says about a route beside its path, access and limits, which come from the table. */
export type RouteDocs = Omit<RouteConfig, "method" | "path" | "tags" | "security" | "operationId">;

/** What a handler is made from. */
export interface RouteServices extends Services {
  auth: Auth;
  metrics: Metrics;
  /** The OpenAPI document as JSON, made from the table. */
  openApiJson(): string;
}

/** One row of the route table. */
export interface Route extends Access {
  method: Method;
  /** In OpenAPI form: `/api/v1/jobs/{id}`; `*` stands for everything below. */
  path: string;
  /**
   * Media types (any when absent) and size class of the body. Absent where no body is read; one that declares more than the
   * small size is rejected all the same.
   */
  body?: { accepts?: readonly string[]; size: BodySize };
  /** Whether the route is rejected with `queue_full` while the queue is full. */
  admission?: true;
  /**
   * Whose object it is about. `job`, `batch`: that of another owner is answered as if it did not exist. `filtered`: the handler
   * returns only what the caller owns.
   */
  ownership?: "job" | "batch" | "filtered";
  tag: (typeof tags)[number];
  /** Absent for routes that are no part of the API description: pages, their assets and the board. */
  docs?: RouteDocs;
  handler(services: RouteServices): Handler | MiddlewareHandler[];
}
