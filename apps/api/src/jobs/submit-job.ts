import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import {
  type JobAccepted,
  type JobData,
  type JobStatus,
  jobAcceptedSchema,
  jobViewSchema,
  summarizeRequestSchema,
} from "@precis/contracts";
import { z } from "zod";
import { ownerField } from "../keys/caller.js";
import type { Parts } from "../parts.js";
import { invalidRequest, problemContent } from "../problem/problem.js";
import { jsonAnswer, setAnswerHeader } from "../requests/answer-header.js";
import { requestField } from "../requests/log-request.js";
import { jobNotFound } from "./job-not-found.js";
import { createJobMaker } from "./make-job.js";
import { keyReused, readOnce } from "./read-once.js";
import { readSubmission } from "./read-submission.js";
import { readWait } from "./read-wait.js";
import { jobLinks, jobPath, viewJob } from "./view-job.js";

const { text: _, ...options } = summarizeRequestSchema.shape;
const replayed = {
  "Idempotency-Replayed": {
    description: "`true` when an earlier request with this Idempotency-Key was answered again",
    schema: { type: "string" as const },
  },
};

export const submissionHeaders = z.object({
  "idempotency-key": z
    .string()
    .optional()
    .meta({ description: "Up to 255 characters: repeats with the same key and body lead to the same job, for 24 h." }),
  prefer: z.string().optional().meta({ description: "`wait=N`: hold the answer until the end, for up to N seconds." }),
});

export const submitPath = "/api/v1/summarize";

const route = createRoute({
  method: "post",
  path: submitPath,
  summary: "Submit a text",
  description:
    "As JSON; as `text/plain`, with the options in the query; or as a multipart form with one `.txt` or `.md` file.",
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
      description: "Done within the wait asked for, or before",
      headers: replayed,
      content: { "application/json": { schema: jobViewSchema } },
    },
    202: {
      description: "Accepted; follow `Location`",
      headers: replayed,
      content: { "application/json": { schema: jobAcceptedSchema } },
    },
    400: { description: "Not JSON", content: problemContent },
    413: { description: "Too large", content: problemContent },
    415: { description: "Neither JSON nor plain text nor a form with a text file", content: problemContent },
    422: {
      description: "Not valid, or the Idempotency-Key belongs to another request (`idempotency_key_reused`)",
      content: problemContent,
    },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** Body of the answer to a submission that was accepted. */
export function acceptedBody(id: string, { webhook }: JobData, status: JobStatus = "queued"): string {
  const accepted: JobAccepted = { id, status, links: jobLinks(id, webhook !== undefined) };
  return JSON.stringify(accepted);
}

/** `POST /api/v1/summarize`: stores text and job, and waits for the end when that is wished. */
export function submitJob(app: OpenAPIHono, { config, queue, watcher }: Parts): void {
  const makeJob = createJobMaker(config);
  app.openAPIRegistry.registerPath(route);
  app.post(route.path, async (c) => {
    const body = summarizeRequestSchema.safeParse(await readSubmission(c));
    if (!body.success) return invalidRequest(c, body.error);
    const once = readOnce(c, body.data);
    const data = { ...makeJob(body.data, Date.now()), ...ownerField(c), ...requestField(c) };
    const outcome =
      once === undefined
        ? { ...(await queue.submit(data, body.data.text)), replayed: false }
        : await queue.submitOnce(data, body.data.text, once);
    if (outcome === "conflict") throw keyReused();
    const { id, replayed } = outcome;
    c.set("jobId", id);
    setAnswerHeader(c, "Location", jobPath(id));
    if (replayed) setAnswerHeader(c, "Idempotency-Replayed", "true");
    const wait = readWait(c.req.header("prefer"), config.defaultWaitMs, config.maxWaitMs);
    // The job is accepted: from here on nothing may turn the answer into an error.
    const looked = wait > 0 || replayed;
    const job = looked ? await watcher.waitForEnd(id, wait, c.req.raw.signal, !replayed).catch(() => null) : null;
    if (job === undefined) throw jobNotFound(id);
    if (job?.finishedAt !== undefined) return jsonAnswer(c, JSON.stringify(viewJob(job)), 200);
    return jsonAnswer(c, acceptedBody(id, data, job?.status), 202);
  });
}
