import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Parts } from "../parts.js";
import { completeDocument, type Document } from "./complete-document.js";

const about = `Summarization as a job queue that gives its memory back.

Submit a text, follow its job, or wait for it with \`Prefer: wait=30\`. Errors are problem+json (RFC 9457) with a stable \`code\`
and, for faulty input, every field at fault. While no API key exists and the API listens on loopback, no key is needed.`;

/** `GET /openapi.json`: OpenAPI 3.1, made from the schemas that check the requests. To be registered after all routes. */
export function describeRoutes(app: OpenAPIHono, { version }: Pick<Parts, "version">): void {
  let text: string | undefined;
  app.get("/openapi.json", (c) => {
    text ??= JSON.stringify(
      completeDocument(
        app.getOpenAPI31Document({
          openapi: "3.1.0",
          info: {
            title: "Precis",
            version,
            description: about,
            license: { name: "Apache-2.0" },
          },
        }) as unknown as Document,
      ),
    );
    return c.body(text, 200, { "content-type": "application/json" });
  });
}
