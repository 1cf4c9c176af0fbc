import type { Handler } from "hono";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import type { RouteServices } from "../route.js";

/** `GET /openapi.json` */
export function serveDocument({ openApiJson }: RouteServices): Handler {
  return (c) => {
    const prefix = proxyPrefix(c);
    const document = openApiJson();
    const json = prefix === "" ? document : `{"servers":[{"url":${JSON.stringify(prefix)}}],${document.slice(1)}`;
    return c.body(json, 200, { "content-type": "application/json" });
  };
}
