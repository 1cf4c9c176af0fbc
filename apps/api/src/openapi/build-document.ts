import { OpenAPIHono } from "@hono/zod-openapi";
import type { Route } from "../route.js";
import { addExamples } from "./add-examples.js";
import { addLinks } from "./add-links.js";
import { describeRoute } from "./describe-route.js";
import type { Document } from "./document.js";

const description = `Summarization as a job queue that frees the memory of idle models.

Submit a text, then poll its job, stream its events, or wait for it with \`Prefer: wait=30\`. Errors are problem+json (RFC 9457)
with a stable \`code\` and, for invalid requests, every invalid field. While no API key exists and the API listens on loopback,
no API key is required.`;

/** The OpenAPI 3.1 document of the rows that have docs, made from the schemas that validate the requests. */
export function buildDocument(routes: readonly Route[], version: string): Document {
  const api = new OpenAPIHono();
  const registry = api.openAPIRegistry;
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "An API key: `precis_<prefix>_<secret>`",
  });
  registry.registerComponent("securitySchemes", "key", {
    type: "apiKey",
    in: "header",
    name: "X-API-Key",
    description: "The same API key in its own header",
  });
  for (const route of routes) {
    if (route.docs !== undefined) registry.registerPath(describeRoute({ ...route, docs: route.docs }));
  }
  const generated = api.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Precis", version, description, license: { name: "Apache-2.0" } },
  });
  const document = structuredClone(generated) as unknown as Document;
  addExamples(document);
  addLinks(document);
  return document;
}
