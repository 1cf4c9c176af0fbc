import type { OpenAPIHono } from "@hono/zod-openapi";
import { omitUndefined } from "@precis/contracts";
import { loadModelSet } from "@precis/models";
import { isJobId } from "@precis/queue";
import { FleetPage, JobNotFoundPage, JobPage, PlaygroundPage } from "@precis/ui";
import { canView } from "../auth/caller.js";
import { viewJob } from "../jobs/view-job.js";
import type { Services } from "../services.js";
import { pageHeaders } from "./page-headers.js";
import { staticFiles } from "./static-files.js";

/** The pages, and the static files they load.  */
export function pageRoutes(app: OpenAPIHono, { config, queue }: Services): void {
  // Without the manifest, which may lie with the workers only, the playground does not describe the models.
  const set = loadModelSet(config.modelSet).catch(() => undefined);
  staticFiles(app);
  app.get("/", pageHeaders, async (c) => {
    const known = await set;
    return c.html(<PlaygroundPage {...omitUndefined({ set: known })} />);
  });
  app.get("/jobs/:id", pageHeaders, async (c) => {
    const id = c.req.param("id");
    const job = isJobId(id) ? await queue.read(id) : undefined;
    // A job of another owner is answered like one that does not exist.
    if (job === undefined || !canView(c, job.data.owner)) return c.html(<JobNotFoundPage id={id} />, 404);
    return c.html(<JobPage job={viewJob(job)} textBytes={job.data.textBytes} options={job.data} />);
  });
  app.get("/admin/fleet", pageHeaders, (c) => c.html(<FleetPage />));
}
