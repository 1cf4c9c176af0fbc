import {
  type BatchItemError,
  batchAcceptedSchema,
  batchRequestDescription,
  batchRequestSchema,
  type JobData,
  maxBatchItems,
  PrecisError,
  type SummarizeRequest,
  summarizeRequestSchema,
} from "@precis/contracts";
import type { Context, Handler } from "hono";
import { ownerField } from "../auth/caller.js";
import { type BuildJobData, createJobDataBuilder } from "../jobs/build-job-data.js";
import { idempotencyKeyReused, readIdempotencyKey } from "../jobs/read-idempotency-key.js";
import { submissionContent } from "../jobs/submission-content.js";
import { submissionHeaders } from "../jobs/submit-job.js";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import { problemContent } from "../problem/problem.js";
import { issueMessage, validationIssues } from "../problem/validation-error.js";
import { findOversizedField } from "../requests/json-size.js";
import { rejectOversized, validate } from "../requests/parse-request.js";
import { readJson } from "../requests/read-json.js";
import { requestField } from "../requests/request-id.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { batchPath } from "./view-batch.js";

export const submitBatchDocs: RouteDocs = {
  summary: "Submit up to 1,000 texts at once",
  description:
    "Each item is a submission with its own options and becomes a job. Invalid items are rejected by index while the others " +
    "are accepted; only a batch without any valid item is rejected as a whole.",
  request: {
    headers: submissionHeaders.omit({ prefer: true }),
    body: { required: true, content: { "application/json": { schema: batchRequestDescription } } },
  },
  responses: {
    202: { description: "Accepted; poll `Location`", content: { "application/json": { schema: batchAcceptedSchema } } },
    400: { description: "Invalid JSON", content: problemContent },
    413: { description: "Body too large", content: problemContent },
    415: { description: "Unsupported media type", content: problemContent },
    422: {
      description: "No item is valid, or the Idempotency-Key was used for another request (`idempotency_key_reused`)",
      content: problemContent,
    },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `POST /api/v1/batches` */
export function submitBatch({ config, queue }: Services): Handler {
  const buildJobData = createJobDataBuilder(config);
  return async (c) => {
    const { items: given } = parseEnvelope(await readJson(c));
    const { valid, rejected } = validateItems(c, given, buildJobData);
    if (valid.length === 0) throw noValidItem(rejected);
    const items = valid.map(({ index, body, data }) => ({ index, data, text: body.text }));
    const contents = () => valid.map(({ index, body, data }) => ({ index, ...submissionContent(body, data) }));
    const outcome = await queue.submitBatch(
      { size: given.length, items, rejected, ...ownerField(c) },
      readIdempotencyKey(c, () => ({ size: given.length, contents: contents(), rejected })),
    );
    if (outcome === "conflict") throw idempotencyKeyReused();
    const { id, replayed } = outcome;
    c.set("acceptedJobs", items.length);
    if (replayed) c.header("Idempotency-Replayed", "true");
    const self = batchPath(id, proxyPrefix(c));
    c.header("Location", self);
    const jobs = queue.batchJobs(id, items);
    return c.json({ id, size: given.length, jobs, errors: rejected, links: { self } }, 202);
  };
}

/** Items are checked one by one, so that an invalid one does not fail the others; their number is checked before anything else. */
function parseEnvelope(given: unknown): { items: unknown[] } {
  const { items, ...others } = (typeof given === "object" && given !== null ? given : {}) as { items?: unknown };
  rejectOversized(others);
  if (Array.isArray(items) && items.length > maxBatchItems) {
    const message = `must have at most ${maxBatchItems} items (got ${items.length})`;
    throw new PrecisError("invalid_request", message, { field: "items" });
  }
  return validate(batchRequestSchema, given);
}

function validateItems(c: Context, given: readonly unknown[], buildJobData: BuildJobData) {
  const now = Date.now();
  const valid: { index: number; body: SummarizeRequest; data: JobData }[] = [];
  const rejected: BatchItemError[] = [];
  for (const [index, item] of given.entries()) {
    const oversized = findOversizedField(item);
    if (oversized !== undefined) {
      rejected.push({ index, errors: [oversized] });
      continue;
    }
    const body = summarizeRequestSchema.safeParse(item, { error: issueMessage });
    if (!body.success) {
      rejected.push({ index, errors: validationIssues(body.error) });
      continue;
    }
    try {
      const data = { ...buildJobData(body.data, now), ...ownerField(c), ...requestField(c) };
      valid.push({ index, body: body.data, data });
    } catch (error) {
      if (!(error instanceof PrecisError)) throw error;
      rejected.push({ index, errors: [...error.issues] });
    }
  }
  return { valid, rejected };
}

function noValidItem(rejected: readonly BatchItemError[]): PrecisError {
  const issues = rejected.flatMap(({ index, errors }) =>
    errors.map(({ field, message }) => ({ field: `items.${index}.${field}`, message })),
  );
  return new PrecisError("invalid_request", "None of the items is valid", { issues: issues.slice(0, maxBatchItems) });
}
