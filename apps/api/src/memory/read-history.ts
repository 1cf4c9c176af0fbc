import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { historyQuerySchema, memoryHistorySchema, parseSince } from "@precis/contracts";
import { readHistory } from "@precis/control";
import type { Parts } from "../parts.js";
import { problemContent } from "../problem/problem.js";

/** Most entries read from Redis for one answer: an hour of five workers. */
const mostEntries = 9_000;

const route = createRoute({
  method: "get",
  path: "/memory/history",
  summary: "Memory over the last hour",
  description: "Samples every two seconds and every decision about memory, for charts.",
  request: { query: historyQuerySchema },
  responses: {
    200: { description: "Oldest first", content: { "application/json": { schema: memoryHistorySchema } } },
    422: { description: "Not valid", content: problemContent },
    503: { description: "Redis is away", content: problemContent },
  },
});

/** `GET /memory/history?since=`: samples and events of the last hour. */
export function memoryHistory(app: OpenAPIHono, { redis, keys }: Parts): void {
  app.openapi(route, async (c) => {
    const { since, points } = c.req.valid("query");
    const now = Date.now();
    const from = parseSince(since, now) ?? now;
    const { samples, events } = await readHistory(redis, keys, from, mostEntries);
    return c.json(
      {
        since: new Date(from).toISOString(),
        as_of: new Date(now).toISOString(),
        samples: thin(samples, points),
        events,
      },
      200,
    );
  });
}

/** Leaves at most `points` samples of each worker, evenly spread, the last one always among them. */
export function thin<Sample extends { worker: string }>(samples: readonly Sample[], points: number): Sample[] {
  const counts = new Map<string, number>();
  for (const { worker } of samples) counts.set(worker, (counts.get(worker) ?? 0) + 1);
  const seen = new Map<string, number>();
  return samples.filter(({ worker }) => {
    const count = counts.get(worker) ?? 0;
    const index = seen.get(worker) ?? 0;
    seen.set(worker, index + 1);
    // Counted from the end, so that the newest is kept.
    const fromEnd = count - 1 - index;
    return fromEnd % Math.ceil(count / points) === 0;
  });
}
