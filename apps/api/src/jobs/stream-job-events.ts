import { isTerminal, jobEventNames } from "@precis/contracts";
import type { Handler } from "hono";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import { hasAccessStill } from "../auth/has-access-still.js";
import { proxyPrefix } from "../pages/proxy-prefix.js";
import { problemContent } from "../problem/problem.js";
import type { RouteDocs, RouteServices } from "../route.js";
import { reconnectSoon } from "../stop/reconnect-soon.js";
import { coalesceReads } from "./coalesce-reads.js";
import { followJob } from "./follow-job.js";
import { jobNotFound } from "./job-not-found.js";
import { jobParams } from "./job-params.js";

const recheckMs = 5_000;
/** Proxies close idle connections, most of them after a minute. */
const heartbeatMs = 15_000;
/** Suffix of the id of the last event. */
const endSuffix = "-end";

const example = [
  'event: queued\ndata: {"position":3}\nid: 1795507200000-1',
  "event: started\ndata: {}\nid: 1795507201000-2",
  'event: progress\ndata: {"chunks_done":0,"chunks_total":1,"tokens":7}\nid: 1795507201100-3',
  'event: partial\ndata: {"text":"The library opened"}\nid: 1795507201150-4',
  'event: completed\ndata: {"id":"job_…","status":"completed","summary":"The library opened a reading room.", …}\nid: 1795507202000-end',
].join("\n\n");

const eventFields = z
  .object({ event: z.enum(jobEventNames), data: z.string(), id: z.string() })
  .meta({ id: "JobEvent", description: "Each event of the stream. `data` is JSON; `id` is for `Last-Event-ID`." });

export const streamJobEventsDocs: RouteDocs = {
  summary: "Stream the events of a job",
  description:
    "Server-sent events. The first event is the current state of the job, which supersedes whatever a reader missed before it " +
    "reconnected; the stream ends after `completed`, `failed` or `cancelled`, whose data is the job. `queued` has the position, " +
    "`progress` chunks and tokens, `partial` the whole text so far. A comment is sent every 15 s.",
  request: {
    params: jobParams,
    headers: z.object({
      "last-event-id": z.string().optional().meta({ description: "Id of the last event received, to resume." }),
    }),
  },
  responses: {
    200: { description: "A stream of events", content: { "text/event-stream": { schema: eventFields, example } } },
    204: { description: "`Last-Event-ID` was the last event of the job: no more will follow" },
    404: { description: "Job not found", content: problemContent },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `GET /api/v1/jobs/{id}/events` */
export function streamJobEvents(services: RouteServices): Handler {
  const { queue, watcher, stopping } = services;
  const readJob = coalesceReads(queue.read);
  return async (c) => {
    const id = c.req.param("id") ?? "";
    // An EventSource reconnects after the end too; it stops at a 204.
    if (c.req.header("last-event-id")?.endsWith(endSuffix)) return c.body(null, 204);
    if ((await readJob(id)) === undefined) throw jobNotFound(id);
    const prefix = proxyPrefix(c);
    c.header("X-Accel-Buffering", "no");
    return streamSSE(c, async (stream) => {
      const closed = new AbortController();
      const close = () => closed.abort();
      stream.onAbort(close);
      stopping.addEventListener("abort", close);
      if (stopping.aborted) close();
      const beat = async () => {
        if (!(await hasAccessStill(c, services))) close();
        else await stream.write(": heartbeat\n\n").catch(() => {});
      };
      const heartbeat = setInterval(() => void beat(), heartbeatMs);
      const options = { readJob, watcher, signal: closed.signal, recheckMs, prefix };
      let count = 0;
      try {
        for await (const { event, data } of followJob(id, options)) {
          const isLast = isTerminal(event);
          count += 1;
          await stream.writeSSE({
            event,
            data: JSON.stringify(data),
            id: `${Date.now()}${isLast ? endSuffix : `-${count}`}`,
          });
        }
        if (stopping.aborted) await stream.write(reconnectSoon);
      } finally {
        stopping.removeEventListener("abort", close);
        clearInterval(heartbeat);
      }
    });
  };
}
