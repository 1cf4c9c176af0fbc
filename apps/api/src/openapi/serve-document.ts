import type { Handler } from "hono";
import type { RouteServices } from "../route.js";

/** `GET /openapi.json` */
export function serveDocument({ openApiJson }: RouteServices): Handler {
  return (c) => c.body(openApiJson(), 200, { "content-type": "application/json" });
}
