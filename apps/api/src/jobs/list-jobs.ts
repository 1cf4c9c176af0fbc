import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { jobPageSchema, jobStatusSchema, modelNameSchema } from "@precis/contracts";
import { isJobId } from "@precis/queue";
import { z } from "zod";
import { visibleOwner } from "../keys/caller.js";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";
import { viewJob } from "./view-job.js";

const limitError = "must be a whole number from 1 to 200";

const route = createRoute({
  method: "get",
  path: "/api/v1/jobs",
  summary: "List jobs",
  description:
    "Newest first, without summaries. A page may hold fewer jobs than `limit` and still have a next one, where few of " +
    "many jobs match.",
  request: {
    query: z.strictObject({
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
        .meta({ description: "`next_cursor` of the page before." }),
      limit: z
        .string()
        .regex(/^\d{1,3}$/, { error: limitError })
        .transform(Number)
        .refine((limit) => limit >= 1 && limit <= 200, { error: limitError })
        .optional()
        .meta({ description: "Most jobs of a page, 1 to 200; 50 when absent.", type: "integer", example: 50 }),
    }),
  },
  responses: {
    200: { description: "A page of jobs", content: { "application/json": { schema: jobPageSchema } } },
    422: { description: "Not valid", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `GET /api/v1/jobs`: keyset pages from the newest job to the oldest. */
export function listJobs(app: OpenAPIHono, { queue }: Parts): void {
  app.openapi(route, async (c) => {
    const { status, model, created_after, cursor, limit = 50 } = c.req.valid("query");
    const owner = visibleOwner(c);
    const page = await queue.list({
      limit,
      ...(created_after === undefined ? {} : { createdAfter: Date.parse(created_after) }),
      ...(cursor === undefined ? {} : { cursor }),
      matches: (job) =>
        (owner === undefined || job.data.owner === owner) &&
        (status === undefined || job.status === status) &&
        (model === undefined || job.data.model === model),
    });
    const next = page.cursor === undefined ? {} : { next_cursor: page.cursor };
    return c.json({ jobs: page.jobs.map((job) => viewJob(job)), ...next }, 200);
  });
}
