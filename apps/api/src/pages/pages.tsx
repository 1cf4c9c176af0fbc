import type { OpenAPIHono } from "@hono/zod-openapi";
import { loadModelSet } from "@precis/models";
import type { Parts } from "../parts.js";
import { assetRoutes } from "./assets.js";
import { pageHeaders } from "./page-headers.js";
import { PlaygroundPage } from "./playground-page.js";

/** `GET /`, the playground, and what all pages load. */
export function pageRoutes(app: OpenAPIHono, { config }: Parts): void {
  // The API may run where the workers' manifest is not; then the page says nothing of the models.
  const set = loadModelSet(config.modelSet).catch(() => undefined);
  assetRoutes(app);
  app.get("/", pageHeaders, async (c) => {
    const known = await set;
    return c.html(<PlaygroundPage {...(known === undefined ? {} : { set: known })} />);
  });
}
