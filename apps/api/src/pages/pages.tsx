import type { OpenAPIHono } from "@hono/zod-openapi";
import { loadModelSet } from "@precis/models";
import { canView } from "../auth/caller.js";
import type { Services } from "../services.js";
import { assetRoutes } from "./assets.js";
import { JobPage, NoJobPage } from "./job-page.js";
import { pageHeaders } from "./page-headers.js";
import { PlaygroundPage } from "./playground-page.js";

/** `GET /`, the playground, `GET /jobs/{id}`, and what all pages load. */
export function pageRoutes(app: OpenAPIHono, { config, queue }: Services): void {
  // The API may run where the workers' manifest is not; then the page says nothing of the models.
  const set = loadModelSet(config.modelSet).catch(() => undefined);
  assetRoutes(app);
  app.get("/", pageHeaders, async (c) => {
    const known = await set;
    return c.html(<PlaygroundPage {...(known === undefined ? {} : { set: known })} />);
  });
  app.get("/jobs/:id", pageHeaders, async (c) => {
    const id = c.req.param("id");
    const job = await queue.read(id);
    // Somebody else's job is answered like one that does not exist.
    const shown = job !== undefined && canView(c, job.data.owner);
    return shown ? c.html(<JobPage job={job} />) : c.html(<NoJobPage id={id} />, 404);
  });
}
