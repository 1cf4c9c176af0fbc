import { type Memory, type ModelName, memorySchema, omitUndefined, type WorkerTelemetry } from "@precis/contracts";
import { readTotals, readWorkers, type Totals } from "@precis/control";
import { readPausedQueues } from "@precis/queue";
import type { Handler } from "hono";
import { problemContent } from "../problem/problem.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";

export const getMemoryDocs: RouteDocs = {
  summary: "Get the memory use of the fleet",
  responses: {
    200: {
      description: "The last telemetry of each worker",
      content: { "application/json": { schema: memorySchema } },
    },
    503: { description: "Redis is unavailable", content: problemContent },
  },
};

/** `GET /memory`: the fields of the old service, now for the whole fleet, and each worker. */
export function getMemory({ redis, keys, queue }: Services): Handler {
  return async (c) => {
    const [workers, limit, paused, { counters }] = await Promise.all([
      readWorkers(redis, keys),
      queue.readGlobalConcurrency(),
      readPausedQueues(redis, keys),
      readTotals(redis, keys),
    ]);
    return c.json(describeFleet(workers, { limit, paused, restarts: counters.process_restarts }));
  };
}

interface FleetState {
  limit: number | undefined;
  paused: Awaited<ReturnType<typeof readPausedQueues>>;
  restarts: Totals["counters"]["process_restarts"];
}

function describeFleet(workers: WorkerTelemetry[], { limit, paused, restarts }: FleetState): Memory {
  const restartsOf = (part: string) => restarts.find(({ labels }) => labels.part === part)?.value ?? 0;
  const models = workers.flatMap((worker) => worker.models);
  const loaded = models.filter(({ state }) => state === "ready" || state === "busy");
  const isLoaded = (name: ModelName) => loaded.some(({ model }) => model === name);
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    device: workers.some(({ device }) => device === "cuda") ? "cuda" : "cpu",
    bart_loaded: isLoaded("bart"),
    t5_loaded: isLoaded("t5"),
    cuda_memory_allocated: "0.00 GB",
    cuda_memory_reserved: "0.00 GB",
    workers,
    totals: {
      workers: workers.length,
      models_loaded: loaded.length,
      in_flight: sum(models.map(({ in_flight }) => in_flight)),
      ...omitUndefined({ fleet_concurrency: limit }),
      paused_queues: paused,
      rss: sum([...workers, ...models].map(({ rss }) => rss)),
      process_restarts: { api: restartsOf("api"), worker: restartsOf("worker"), redis: restartsOf("redis") },
    },
    as_of: new Date(Date.now()).toISOString(),
  };
}
