import type { Handler } from "hono";
import { z } from "zod";
import type { RouteDocs } from "../route.js";
import type { Metrics } from "./open-metrics.js";

export const serveMetricsDocs: RouteDocs = {
  summary: "Metrics for Prometheus",
  description: "Of this API process, the queue and all workers.",
  responses: {
    200: {
      description: "Metrics in the Prometheus text format",
      content: {
        "text/plain": { schema: z.string(), example: 'precis_queue_jobs{queue="summarize",state="waiting"} 3' },
      },
    },
  },
};

/** `GET /metrics` */
export function serveMetrics({ metrics }: { metrics: Metrics }): Handler {
  return async (c) => {
    const { text, contentType } = await metrics.collect();
    return c.body(text, 200, { "content-type": contentType });
  };
}
