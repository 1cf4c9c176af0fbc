import { serveStatic } from "@hono/node-server/serve-static";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { assetsFolder } from "@precis/ui";
import { etag } from "hono/etag";

/**
 * `GET /assets/…`: what the pages load, compressed by the build. Names do not change with the content, so browsers ask each
 * time whether they are up to date and are usually answered 304.
 */
export function staticFiles(app: OpenAPIHono): void {
  app.get(
    "/assets/*",
    etag(),
    serveStatic({
      root: assetsFolder,
      rewriteRequestPath: (path) => path.replace(/^\/assets\//, "/"),
      precompressed: true,
      onFound: (_, c) => {
        c.header("Cache-Control", "no-cache");
        c.header("X-Content-Type-Options", "nosniff");
      },
    }),
  );
}
