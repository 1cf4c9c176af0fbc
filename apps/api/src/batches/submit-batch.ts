import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import {
  type BatchItemFault,
  batchAcceptedSchema,
  batchLimit,
  batchRequestDescription,
  batchRequestSchema,
  PrecisError,
  summarizeRequestSchema,
} from "@precis/contracts";
import type { BatchSubmission } from "@precis/queue";
import { createJobMaker } from "../jobs/make-job.js";
import { keyReused, readOnce } from "../jobs/read-once.js";
import { mediaTypeOf, readJson } from "../jobs/read-submission.js";
import { submissionHeaders } from "../jobs/submit-job.js";
import { ownerField } from "../keys/caller.js";
import type { Parts } from "../parts.js";
import { faultOf, faultsOf, invalidRequest, problem, problemContent } from "../problem/problem.js";
import { requestField } from "../requests/log-request.js";
import { batchPath } from "./view-batch.js";

const route = createRoute({
  method: "post",
  path: "/api/v1/batches",
  summary: "Submit up to 1,000 texts at once",
  description:
    "Each item is a submission with its own options and becomes a job of its own. Faulty items are refused by index, the " +
    "others are accepted; only a batch without any valid item is refused as a whole.",
  request: {
    headers: submissionHeaders.omit({ prefer: true }),
    body: { required: true, content: { "application/json": { schema: batchRequestDescription } } },
  },
  responses: {
    202: {
      description: "Accepted; follow `Location`",
      content: { "application/json": { schema: batchAcceptedSchema } },
    },
    400: { description: "Not JSON", content: problemContent },
    413: { description: "Too large", content: problemContent },
    415: { description: "Not JSON", content: problemContent },
    422: {
      description: "No item is valid, or the Idempotency-Key belongs to another request (`idempotency_key_reused`)",
      content: problemContent,
    },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `POST /api/v1/batches`: many submissions, one answer. */
export function submitBatch(app: OpenAPIHono, { config, queue }: Parts): void {
  const makeJob = createJobMaker(config);
  app.openAPIRegistry.registerPath(route);
  app.post(route.path, async (c) => {
    if (mediaTypeOf(c) !== "application/json") {
      throw new PrecisError("unsupported_media_type", "content-type: a batch must be application/json");
    }
    const envelope = batchRequestSchema.safeParse(await readJson(c));
    if (!envelope.success) return invalidRequest(c, envelope.error);
    const { items: given } = envelope.data;
    const now = Date.now();
    const items: BatchSubmission["items"][number][] = [];
    const faults: BatchItemFault[] = [];
    for (const [index, item] of given.entries()) {
      const body = summarizeRequestSchema.safeParse(item);
      if (!body.success) {
        faults.push({ index, errors: faultsOf(body.error) });
        continue;
      }
      try {
        items.push({
          index,
          data: { ...makeJob(body.data, now), ...ownerField(c), ...requestField(c) },
          text: body.data.text,
        });
      } catch (error) {
        if (!(error instanceof PrecisError)) throw error;
        faults.push({ index, errors: [faultOf(error) ?? { field: "", message: error.message }] });
      }
    }
    if (items.length === 0) {
      const errors = faults.flatMap(({ index, errors }) =>
        errors.map(({ field, message }) => ({ field: `items.${index}.${field}`, message })),
      );
      return problem(c, "invalid_request", "none of the items is valid", errors.slice(0, batchLimit));
    }
    const outcome = await queue.submitBatch(
      { size: given.length, items, faults, ...ownerField(c) },
      readOnce(c, envelope.data),
    );
    if (outcome === "conflict") throw keyReused();
    const { id, replayed } = outcome;
    c.set("acceptedJobs", items.length);
    if (replayed) c.header("Idempotency-Replayed", "true");
    c.header("Location", batchPath(id));
    const jobs = queue.batchJobs(id, items);
    return c.json({ id, size: given.length, jobs, errors: faults, links: { self: batchPath(id) } }, 202);
  });
}
