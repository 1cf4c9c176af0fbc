import { batchViewSchema } from "@precis/contracts";
import type { Handler } from "hono";
import { z } from "zod";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import { problemContent } from "../problem/problem.js";
import type { RouteDocs } from "../route.js";
import { viewBatch } from "./view-batch.js";

export const getBatchDocs: RouteDocs = {
  summary: "Get a batch",
  description: "Counts per status, and each job with its index and status. Get a job for its summary.",
  request: { params: z.object({ id: z.string().meta({ example: "batch_01kasq3v5h6m2q8s4v9x7k0d2e" }) }) },
  responses: {
    200: { description: "The batch", content: { "application/json": { schema: batchViewSchema } } },
    404: { description: "Batch not found", content: problemContent },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `GET /api/v1/batches/{id}` */
export function getBatch(): Handler {
  return (c) => {
    const view = viewBatch(c.get("batch"), proxyPrefix(c));
    if (view.status === "queued" || view.status === "running") c.header("Retry-After", "1");
    return c.json(view);
  };
}
