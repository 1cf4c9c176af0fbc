import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { batchViewSchema, PrecisError } from "@precis/contracts";
import { z } from "zod";
import { maySee } from "../keys/caller.js";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";
import { viewBatch } from "./view-batch.js";

const route = createRoute({
  method: "get",
  path: "/api/v1/batches/{id}",
  summary: "Follow a batch",
  description: "Counts per state, and each job with its index and status; read a job for its summary.",
  request: { params: z.object({ id: z.string().meta({ example: "batch_01kasq3v5h6m2q8s4v9x7k0d2e" }) }) },
  responses: {
    200: { description: "The batch as it stands", content: { "application/json": { schema: batchViewSchema } } },
    404: { description: "No such batch", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `GET /api/v1/batches/{id}`: one status for all its jobs. */
export function getBatch(app: OpenAPIHono, { queue }: Parts): void {
  app.openapi(route, async (c) => {
    const { id } = c.req.valid("param");
    const batch = await queue.readBatch(id);
    if (batch === undefined || !maySee(c, batch.owner)) {
      throw new PrecisError("batch_not_found", `there is no batch ${id.slice(0, 100)}, or it has expired`);
    }
    const view = viewBatch(batch);
    if (view.status === "queued" || view.status === "running") c.header("Retry-After", "1");
    return c.json(view, 200);
  });
}
