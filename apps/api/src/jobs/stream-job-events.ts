import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { jobEventNames } from "@precis/contracts";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";
import { reconnectSoon } from "../stop/reconnect-soon.js";
import { followJob } from "./follow-job.js";
import { jobNotFound } from "./job-not-found.js";
import { jobParams } from "./job-params.js";
import { shareLook } from "./share-look.js";

const recheckMs = 5_000;
/** Proxies close a connection that stays silent for long; most wait for a minute. */
const heartbeatMs = 15_000;
const endMark = "-end";

const example = [
  'event: queued\ndata: {"position":3}\nid: 1795507200000-1',
  "event: started\ndata: {}\nid: 1795507201000-2",
  'event: progress\ndata: {"chunks_done":0,"chunks_total":1,"tokens":7}\nid: 1795507201100-3',
  'event: partial\ndata: {"text":"The library opened"}\nid: 1795507201150-4',
  'event: completed\ndata: {"id":"job_…","status":"completed","summary":"The library opened a reading room.", …}\nid: 1795507202000-end',
].join("\n\n");

/** Each event of the stream; `data` is JSON. */
const eventFields = z
  .object({ event: z.enum(jobEventNames), data: z.string(), id: z.string() })
  .meta({ id: "JobEvent", description: "Each event of the stream. `data` is JSON; `id` is for `Last-Event-ID`." });

const route = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/events",
  summary: "Follow a job by server-sent events",
  description:
    "Begins with how the job stands (which supersedes whatever a reader that reconnects has missed) and ends after " +
    "`completed`, `failed` or `cancelled`, whose data is the job. `queued` holds the position, `progress` chunks and " +
    "tokens, `partial` the whole text so far. A comment is sent every 15 s.",
  request: {
    params: jobParams,
    headers: z.object({
      "last-event-id": z.string().optional().meta({ description: "Id of the last event received, to go on from." }),
    }),
  },
  responses: {
    200: { description: "Events as they happen", content: { "text/event-stream": { schema: eventFields, example } } },
    204: { description: "`Last-Event-ID` was the job's last event: there is nothing more to come" },
    404: { description: "No such job", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `GET /api/v1/jobs/{id}/events`: a job's life as it happens. */
export function streamJobEvents(app: OpenAPIHono, { queue, watcher, stopping }: Parts): void {
  const look = shareLook(queue.read);
  app.openAPIRegistry.registerPath(route);
  app.get("/api/v1/jobs/:id/events", async (c) => {
    const id = c.req.param("id");
    // An EventSource reconnects after the end too, and stops at a 204.
    if (c.req.header("last-event-id")?.endsWith(endMark)) return c.body(null, 204);
    if ((await look(id)) === undefined) throw jobNotFound(id);
    c.header("X-Accel-Buffering", "no");
    return streamSSE(c, async (stream) => {
      const left = new AbortController();
      const leave = () => left.abort();
      stream.onAbort(leave);
      stopping.addEventListener("abort", leave);
      if (stopping.aborted) leave();
      const heartbeat = setInterval(() => void stream.write(": heartbeat\n\n").catch(() => {}), heartbeatMs);
      let count = 0;
      try {
        for await (const { event, data } of followJob(id, { look, watcher, signal: left.signal, recheckMs })) {
          const last = event === "completed" || event === "failed" || event === "cancelled";
          count += 1;
          await stream.writeSSE({
            event,
            data: JSON.stringify(data),
            id: `${Date.now()}${last ? endMark : `-${count}`}`,
          });
        }
        if (stopping.aborted) await stream.write(reconnectSoon);
      } finally {
        stopping.removeEventListener("abort", leave);
        clearInterval(heartbeat);
      }
    });
  });
}
