import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import {
  jobAcceptedSchema,
  jobViewSchema,
  PrecisError,
  parseKeepAlive,
  type SummarizeRequest,
  summarizeRequestSchema,
} from "@precis/contracts";
import { ownerField } from "../keys/caller.js";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";
import { readWait } from "./read-wait.js";
import { jobLinks, jobPath, viewJob } from "./view-job.js";

const route = createRoute({
  method: "post",
  path: "/api/v1/summarize",
  summary: "Submit a text",
  request: { body: { required: true, content: { "application/json": { schema: summarizeRequestSchema } } } },
  responses: {
    200: { description: "Done within the wait asked for", content: { "application/json": { schema: jobViewSchema } } },
    202: { description: "Accepted; follow `Location`", content: { "application/json": { schema: jobAcceptedSchema } } },
    400: { description: "Not JSON", content: problemContent },
    413: { description: "Too large", content: problemContent },
    422: { description: "Not valid", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `POST /api/v1/summarize`: stores text and job, and waits for the end when that is wished. */
export function submitJob(app: OpenAPIHono, { config, queue, watcher }: Parts): void {
  app.openapi(route, async (c) => {
    const body: SummarizeRequest = c.req.valid("json");
    const textBytes = Buffer.byteLength(body.text);
    if (textBytes > config.textMaxBytes) {
      throw new PrecisError(
        "payload_too_large",
        `text: has ${textBytes} bytes; at most ${config.textMaxBytes} are allowed`,
      );
    }
    const { id } = await queue.submit(
      {
        version: 1,
        model: body.model,
        ...(body.max_length === undefined ? {} : { maxLength: body.max_length }),
        ...(body.min_length === undefined ? {} : { minLength: body.min_length }),
        ...keepAlive(body.keep_alive),
        resultTtlSeconds: Math.max(1, Math.round(config.resultTtlMs / 1_000)),
        textBytes,
        ...ownerField(c),
      },
      body.text,
    );
    c.header("Location", jobPath(id));
    const wait = readWait(c.req.header("prefer"), config.defaultWaitMs, config.maxWaitMs);
    // The job is accepted: from here on nothing may turn the answer into an error.
    const job = wait > 0 ? await watcher.waitForEnd(id, wait, c.req.raw.signal).catch(() => undefined) : undefined;
    if (job?.finishedAt !== undefined) return c.json(viewJob(job), 200);
    return c.json({ id, status: job?.status ?? ("queued" as const), links: jobLinks(id) }, 202);
  });
}

function keepAlive(wish: SummarizeRequest["keep_alive"]): { keepAliveMs?: number } {
  const keepAliveMs = wish === undefined ? undefined : parseKeepAlive(wish);
  return keepAliveMs === undefined ? {} : { keepAliveMs };
}
