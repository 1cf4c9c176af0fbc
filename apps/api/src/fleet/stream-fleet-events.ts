import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Acknowledgement } from "@precis/contracts";
import { readMemoryLines, readWorkers } from "@precis/control";
import { stream, streamSSE } from "hono/streaming";
import { describeAcknowledgement, describeAnswer } from "../memory/load-and-unload.js";
import { pageHeaders } from "../pages/page-headers.js";
import type { Parts } from "../parts.js";
import { invalidRequest, problem } from "../problem/problem.js";
import { reconnectSoon } from "../stop/reconnect-soon.js";
import { carryOutAction, fleetCommandSchema } from "./carry-out-action.js";
import { createFleetFeed, type FleetListener } from "./fleet-feed.js";
import { FleetPage } from "./fleet-page.js";

const hourMs = 3_600_000;
const recentMs = 300_000;
const nothing = { times: [], workers: {} };

/** A silent connection would be closed by proxies; a feed that has ended would not be noticed. */
const beatMs = 15_000;

const verbs = { load: "loaded", unload: "unloaded", pause: "paused", resume: "resumed", drain: "drained" };

/** `GET /admin/fleet`, its live events, and the commands its buttons send. */
export function fleetRoutes(app: OpenAPIHono, parts: Parts): void {
  const { redis, keys, stopping } = parts;
  const feed = createFleetFeed(parts);

  app.get("/admin/fleet", pageHeaders, (c) => c.html(<FleetPage />));

  app.get("/admin/fleet/events", (c) =>
    streamSSE(c, async (page) => {
      const send = (event: string, data: unknown) => page.writeSSE({ event, data: JSON.stringify(data) });
      const count = (await readWorkers(redis, keys).catch(() => [])).length;
      const times = pointsOfLastHour(count);
      const lines = await readMemoryLines(redis, keys, times).catch(() => nothing);
      await send("history", lines);
      await new Promise<void>((resolve) => {
        let writing = false;
        const listener: FleetListener = (view) => {
          // A page that reads slowly misses a view instead of piling them up here.
          if (writing) return;
          writing = true;
          const sent = view === undefined ? send("away", {}) : send("fleet", view);
          void sent.finally(() => {
            writing = false;
          });
        };
        const leave = feed.watch(listener);
        const beat = setInterval(() => void page.write(": \n\n"), beatMs);
        const end = () => {
          leave();
          clearInterval(beat);
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

  app.post("/admin/fleet/commands", async (c) => {
    // A form on another site can send anything but JSON without asking first.
    if (!/^application\/json\b/i.test(c.req.header("content-type") ?? "")) {
      return problem(c, "unsupported_media_type", "content-type: must be application/json");
    }
    const body = fleetCommandSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!body.success) return invalidRequest(c, body.error);
    const run = async (tell: (acknowledgement: Acknowledgement) => void) =>
      describeAnswer(await carryOutAction(parts, body.data, tell), verbs[body.data.action]);
    if (!/\bapplication\/x-ndjson\b/i.test(c.req.header("accept") ?? "")) return c.json(await run(() => {}));
    // A line for each worker as it answers, and the whole answer as the last.
    c.header("content-type", "application/x-ndjson");
    return stream(c, async (lines) => {
      const write = (line: object) => void lines.writeln(JSON.stringify(line));
      write({ answer: await run((acknowledgement) => write({ worker: describeAcknowledgement(acknowledgement) })) });
    });
  });
}

/** Times to look at, denser in the last minutes; fewer for a large fleet, since each look reads every worker. */
function pointsOfLastHour(workers: number): number[] {
  const now = Date.now();
  const [coarse, fine] = workers > 20 ? [60_000, 15_000] : [30_000, 5_000];
  const times: number[] = [];
  for (let time = now - hourMs; time < now; time += time < now - recentMs ? coarse : fine) times.push(time);
  return times;
}
