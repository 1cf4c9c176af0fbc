import { type JobAccepted, jobAcceptedSchema, jobViewSchema, summarizeRequestSchema } from "@precis/contracts";
import type { Handler } from "hono";
import { z } from "zod";
import { ownerField } from "../auth/caller.js";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import { problemContent } from "../problem/problem.js";
import { parseRequest } from "../requests/parse-request.js";
import { requestField } from "../requests/request-id.js";
import { jsonResponse, setResponseHeader } from "../requests/response-header.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { createJobDataBuilder } from "./build-job-data.js";
import { jobNotFound } from "./job-not-found.js";
import { parsePreferWait } from "./parse-prefer-wait.js";
import { parseSubmission } from "./parse-submission.js";
import { idempotencyKeyReused, readIdempotencyKey } from "./read-idempotency-key.js";
import { submissionContent } from "./submission-content.js";
import { jobLinks, jobPath, viewJob } from "./view-job.js";

const { text: _, ...options } = summarizeRequestSchema.shape;
const replayedHeader = {
  "Idempotency-Replayed": {
    description: "`true` when an earlier request with this Idempotency-Key created the job",
    schema: { type: "string" as const },
  },
};

export const submissionHeaders = z.object({
  "idempotency-key": z
    .string()
    .optional()
    .meta({ description: "Up to 255 characters. For 24 h, requests with the same key and body create one job." }),
  prefer: z.string().optional().meta({ description: "`wait=N`: wait up to N seconds for the job to end." }),
});

export const submitJobDocs: RouteDocs = {
  summary: "Submit a text",
  description:
    "As JSON; as `text/plain` with options in the query; or as a multipart form with one `.txt` or `.md` file.",
  request: {
    headers: submissionHeaders,
    query: z.object(options).partial().meta({ description: "Options of a `text/plain` body." }),
    body: {
      required: true,
      content: {
        "application/json": { schema: summarizeRequestSchema },
        "text/plain": { schema: z.string(), example: "The library opened a reading room in the old station." },
        "multipart/form-data": {
          schema: z.object({
            file: z.string().meta({ format: "binary", description: "A `.txt` or `.md` file." }),
            ...z.object(options).partial().shape,
          }),
        },
      },
    },
  },
  responses: {
    200: {
      description: "The job ended within the requested wait, or before",
      headers: replayedHeader,
      content: { "application/json": { schema: jobViewSchema } },
    },
    202: {
      description: "Accepted; poll `Location`",
      headers: replayedHeader,
      content: { "application/json": { schema: jobAcceptedSchema } },
    },
    400: { description: "Invalid JSON", content: problemContent },
    413: { description: "Text or body too large", content: problemContent },
    415: { description: "Unsupported media type", content: problemContent },
    422: {
      description: "Invalid request, or the Idempotency-Key was used for another one (`idempotency_key_reused`)",
      content: problemContent,
    },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `POST /api/v1/summarize`: stores text and job, and waits for the end if the caller prefers. */
export function submitJob({ config, queue, watcher }: Services): Handler {
  const buildJobData = createJobDataBuilder(config);
  return async (c) => {
    const body = parseRequest(summarizeRequestSchema, await parseSubmission(c));
    const data = { ...buildJobData(body, Date.now()), ...ownerField(c), ...requestField(c) };
    const once = readIdempotencyKey(c, () => submissionContent(body, data));
    const outcome =
      once === undefined
        ? { ...(await queue.submit(data, body.text)), replayed: false }
        : await queue.submitOnce(data, body.text, once);
    if (outcome === "conflict") throw idempotencyKeyReused();
    const { id, replayed } = outcome;
    c.set("jobId", id);
    const prefix = proxyPrefix(c);
    setResponseHeader(c, "Location", jobPath(id, prefix));
    if (replayed) setResponseHeader(c, "Idempotency-Replayed", "true");
    const waitMs = parsePreferWait(c.req.header("prefer"), config.defaultWaitMs, config.maxWaitMs);
    // The job is accepted: from here on no failure may turn the response into an error.
    const isRead = waitMs > 0 || replayed;
    const job = isRead ? await watcher.waitForEnd(id, waitMs, c.req.raw.signal, !replayed).catch(() => null) : null;
    if (job === undefined) throw jobNotFound(id);
    if (job?.finishedAt !== undefined) return jsonResponse(c, JSON.stringify(viewJob(job, prefix)), 200);
    const accepted: JobAccepted = {
      id,
      status: job?.status ?? "queued",
      links: jobLinks(id, data.webhook !== undefined, prefix),
    };
    return jsonResponse(c, JSON.stringify(accepted), 202);
  };
}
