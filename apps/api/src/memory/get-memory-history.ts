import { historyQuerySchema, memoryHistorySchema, parseSince } from "@precis/contracts";
import { readHistory } from "@precis/control";
import type { Handler } from "hono";
import { problemContent } from "../problem/problem.js";
import { parseQuery } from "../requests/parse-request.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";

/** Maximum number of entries read from Redis per request: an hour of five workers. */
const maxEntries = 9_000;

export const getMemoryHistoryDocs: RouteDocs = {
  summary: "Get the memory history of the last hour",
  description: "Samples every two seconds and every memory decision, for charts.",
  request: { query: historyQuerySchema },
  responses: {
    200: { description: "Oldest first", content: { "application/json": { schema: memoryHistorySchema } } },
    422: { description: "Invalid query", content: problemContent },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `GET /memory/history` */
export function getMemoryHistory({ redis, keys }: Services): Handler {
  return async (c) => {
    const { since, points } = parseQuery(c, historyQuerySchema);
    const now = Date.now();
    const from = parseSince(since, now) ?? now;
    const { samples, events } = await readHistory(redis, keys, from, maxEntries);
    return c.json({
      since: new Date(from).toISOString(),
      as_of: new Date(now).toISOString(),
      samples: downsample(samples, points),
      events,
    });
  };
}

/** Keeps at most `points` samples of each worker, evenly spaced and always with the last one. */
export function downsample<Sample extends { worker: string }>(samples: readonly Sample[], points: number): Sample[] {
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
