import type { Handler } from "hono";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import type { RouteServices } from "../route.js";

/** `GET /openapi.json` */
export function serveDocument({ openApiJson }: RouteServices): Handler {
  return (c) => {
    const prefix = proxyPrefix(c);
    const servers = prefix === "" ? "" : `{"servers":[{"url":${JSON.stringify(prefix)}}],`;
    const json = servers === "" ? openApiJson() : openApiJson().replace(/^\{/, () => servers);
    return c.body(json, 200, { "content-type": "application/json" });
  };
}
