import type { OpenAPIHono } from "@hono/zod-openapi";
import { readMemoryLines, readWorkers } from "@precis/control";
import { streamSSE } from "hono/streaming";
import { hasAccessStill } from "../auth/has-access-still.js";
import type { RouteServices } from "../route.js";
import { reconnectSoon } from "../stop/reconnect-soon.js";
import { createFleetFeed, type FleetListener } from "./fleet-feed.js";

const hourMs = 3_600_000;
const recentMs = 300_000;
const noHistory = { times: [], workers: {} };

/** Proxies close a connection that stays silent, and a reader cannot tell a silent feed from a broken one. */
const heartbeatMs = 15_000;

/** `GET /admin/fleet/events`: memory over the last hour, then the fleet as it is, about once a second. */
export function streamFleetEvents(app: OpenAPIHono, services: RouteServices): void {
  const { redis, keys, stopping } = services;
  const feed = createFleetFeed(services);

  app.get("/admin/fleet/events", (c) =>
    streamSSE(c, async (page) => {
      const send = (event: string, data: unknown) => page.writeSSE({ event, data: JSON.stringify(data) });
      const count = (await readWorkers(redis, keys).catch(() => [])).length;
      const times = pointsOfLastHour(count);
      await send("history", await readMemoryLines(redis, keys, times).catch(() => noHistory));
      await new Promise<void>((resolve) => {
        let writing = false;
        const listener: FleetListener = (view) => {
          // A slow reader skips a view, so views never queue up here.
          if (writing) return;
          writing = true;
          const sent = view === undefined ? send("redis-unavailable", {}) : send("fleet", view);
          void sent.finally(() => {
            writing = false;
          });
        };
        const unsubscribe = feed.subscribe(listener);
        const beat = async () => {
          if (!(await hasAccessStill(c, services))) end();
          else await page.write(": \n\n");
        };
        const heartbeat = setInterval(() => void beat(), heartbeatMs);
        const end = () => {
          unsubscribe();
          clearInterval(heartbeat);
          stopping.removeEventListener("abort", end);
          resolve();
        };
        page.onAbort(end);
        stopping.addEventListener("abort", end);
        if (stopping.aborted) end();
      });
      if (stopping.aborted) await page.write(reconnectSoon);
    }),
  );
}

/** Points in time, closer together in the last minutes; fewer for a large fleet, since each point reads every worker. */
function pointsOfLastHour(workers: number): number[] {
  const now = Date.now();
  const [coarse, fine] = workers > 20 ? [60_000, 15_000] : [30_000, 5_000];
  const times: number[] = [];
  for (let time = now - hourMs; time < now; time += time < now - recentMs ? coarse : fine) times.push(time);
  return times;
}
