import { jobPageSchema, jobStatusSchema, modelNameSchema, omitUndefined } from "@precis/contracts";
import { isJobId } from "@precis/queue";
import type { Handler } from "hono";
import { z } from "zod";
import { visibleOwner } from "../auth/caller.js";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import { problemContent } from "../problem/problem.js";
import { parseQuery } from "../requests/parse-request.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { viewJob } from "./view-job.js";

const limitError = "must be a whole number from 1 to 200";

const querySchema = z.strictObject({
  status: jobStatusSchema.optional(),
  model: modelNameSchema.optional(),
  created_after: z.iso
    .datetime({ offset: true, error: "must be a time such as 2026-11-24T08:00:00Z" })
    .optional()
    .meta({ example: "2026-11-24T08:00:00Z" }),
  cursor: z
    .string()
    .refine(isJobId, { error: "must be the next_cursor of a page" })
    .optional()
    .meta({ description: "`next_cursor` of the previous page." }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, { error: limitError })
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, { error: limitError })
    .optional()
    .meta({ description: "Maximum number of jobs in a page, 1 to 200. Default: 50.", type: "integer", example: 50 }),
});

export const listJobsDocs: RouteDocs = {
  summary: "List jobs",
  description:
    "Newest first, without summaries. A page may hold fewer jobs than `limit` and still have a next one, when few jobs match.",
  request: { query: querySchema },
  responses: {
    200: { description: "A page of jobs", content: { "application/json": { schema: jobPageSchema } } },
    422: { description: "Invalid query", content: problemContent },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `GET /api/v1/jobs`: keyset pagination from the newest job to the oldest. */
export function listJobs({ queue }: Services): Handler {
  return async (c) => {
    const { status, model, created_after, cursor, limit = 50 } = parseQuery(c, querySchema);
    const owner = visibleOwner(c);
    const page = await queue.list({
      limit,
      ...(created_after === undefined ? {} : { createdAfter: Date.parse(created_after) }),
      ...omitUndefined({ cursor }),
      matches: (job) =>
        (owner === undefined || job.data.owner === owner) &&
        (status === undefined || job.status === status) &&
        (model === undefined || job.data.model === model),
    });
    const next = page.cursor === undefined ? {} : { next_cursor: page.cursor };
    const prefix = proxyPrefix(c);
    return c.json({ jobs: page.jobs.map((job) => viewJob(job, prefix)), ...next });
  };
}
