import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { OpenAPIHono } from "@hono/zod-openapi";

/** The package for Fastify is the one that brings Scalar's whole script as a file; 1.46 is its last for Node 20. */
const scriptFile = fileURLToPath(new URL("js/standalone.js", import.meta.resolve("@scalar/fastify-api-reference")));

/** Scripts from here only, requests to here only. Scalar writes style elements as it goes, hence the inline styles. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Precis API</title>
</head>
<body>
<div id="reference"></div>
<noscript>The description itself: <a href="/openapi.json">/openapi.json</a></noscript>
<script src="/docs/scalar.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** No fonts, no proxy, no telemetry, no assistant: nothing leaves this server. */
const start = `Scalar.createApiReference("#reference", ${JSON.stringify({
  url: "/openapi.json",
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  persistAuth: false,
})});
`;

/** `GET /docs`: Scalar's reference of this API, served whole from here. */
export function referencePage(app: OpenAPIHono): void {
  const fixed = { "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=3600" };
  app.get("/docs", (c) => c.html(page, 200, { ...fixed, "Content-Security-Policy": policy }));
  app.get("/docs/start.js", (c) => c.body(start, 200, { ...fixed, "Content-Type": "text/javascript" }));
  app.get("/docs/scalar.js", async (c) => {
    const { size } = await stat(scriptFile);
    return c.body(Readable.toWeb(createReadStream(scriptFile)) as ReadableStream, 200, {
      ...fixed,
      "Content-Type": "text/javascript",
      "Content-Length": String(size),
    });
  });
}
