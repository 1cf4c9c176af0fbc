import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Handler } from "hono";

/** The package for Fastify contains the whole script of Scalar as a file; 1.46 is its last version for Node 20. */
const scriptFile = fileURLToPath(new URL("js/standalone.js", import.meta.resolve("@scalar/fastify-api-reference")));

/** Scripts and requests from and to this server only. Scalar creates style elements, hence the inline styles. */
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
<noscript>The OpenAPI document: <a href="openapi.json">openapi.json</a></noscript>
<script src="docs/scalar.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

/** No fonts, no proxy, no telemetry, no assistant: nothing leaves this server. */
const start = `Scalar.createApiReference("#reference", ${JSON.stringify({
  url: "openapi.json",
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  persistAuth: false,
})});
`;

const headers = { "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=3600" };

/** `GET /docs`: the API reference by Scalar, served without any other server. */
export function serveReference(): Handler {
  return (c) => c.html(page, 200, { ...headers, "Content-Security-Policy": policy });
}

/** `GET /docs/start.js` */
export function serveReferenceStart(): Handler {
  return (c) => c.body(start, 200, { ...headers, "Content-Type": "text/javascript" });
}

/** `GET /docs/scalar.js` */
export function serveReferenceScript(): Handler {
  return async (c) => {
    const { size } = await stat(scriptFile);
    return c.body(Readable.toWeb(createReadStream(scriptFile)) as ReadableStream, 200, {
      ...headers,
      "Content-Type": "text/javascript",
      "Content-Length": String(size),
    });
  };
}
