import type { OpenAPIHono } from "@hono/zod-openapi";
import { type ModelName, modelNameSchema, modelNames } from "@precis/contracts";
import { type CommandRequest, type FleetAnswer, readWorkers, sendCommand } from "@precis/control";
import type { Context } from "hono";
import { z } from "zod";
import type { Parts } from "../parts.js";
import { invalidRequest } from "../problem/problem.js";

/** How long the fleet has to answer a command. */
const answerWithinMs = 30_000;

const targets = {
  models: z
    .array(modelNameSchema)
    .min(1)
    .default([...modelNames]),
  workers: z.array(z.string()).optional(),
};
const unloadSchema = z
  .strictObject({ ...targets, mode: z.enum(["drain", "now"]).default("drain") })
  .transform((body) => ({ type: "unload" as const, ...body }));
const loadSchema = z.strictObject(targets).transform((body) => ({ type: "load" as const, ...body }));

/** `GET /memory` in the old service's fields and the fleet's, `POST /memory/unload`, `POST /memory/load`. */
export function memoryRoutes(app: OpenAPIHono, { redis, keys }: Parts): void {
  app.get("/memory", async (c) => {
    const workers = await readWorkers(redis, keys);
    const loaded = (name: ModelName) =>
      workers.some(({ models }) =>
        models.some(({ model, state }) => model === name && ["ready", "busy"].includes(state)),
      );
    return c.json({
      device: workers[0]?.device ?? "cpu",
      bart_loaded: loaded("bart"),
      t5_loaded: loaded("t5"),
      cuda_memory_allocated: "0.00 GB",
      cuda_memory_reserved: "0.00 GB",
      workers,
      totals: { workers: workers.length, rss: workers.reduce((sum, { memory }) => sum + memory.current, 0) },
      as_of: new Date().toISOString(),
    });
  });

  app.post("/memory/unload", (c) => command(c, unloadSchema, "unloaded"));
  app.post("/memory/load", (c) => command(c, loadSchema, "loaded"));

  /** Sends what the body asks for to the fleet and tells what came of it. */
  async function command(c: Context, schema: typeof unloadSchema | typeof loadSchema, verb: string) {
    const body = schema.safeParse(await bodyOf(c));
    if (!body.success) return invalidRequest(c, body.error);
    const { workers, ...rest } = body.data;
    const request: CommandRequest = { ...rest, ...(workers === undefined ? {} : { workers }) };
    return c.json(describeAnswer(await sendCommand(redis, keys, request, answerWithinMs), verb));
  }
}

async function bodyOf(c: Context): Promise<unknown> {
  const text = await c.req.text();
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Never a false "ok": a worker that stayed silent or could not obey in time is named. */
export function describeAnswer({ commandId, acknowledgements, silent }: FleetAnswer, verb: string) {
  const faults = acknowledgements.filter(({ outcome }) => !["done", "nothing-loaded"].includes(outcome));
  const none = acknowledgements.length + silent.length === 0;
  return {
    status: none ? "no-workers" : silent.length + faults.length > 0 ? "partial" : "ok",
    message: none
      ? "no worker is alive, so nothing is loaded"
      : `${acknowledgements.length - faults.length} of ${acknowledgements.length + silent.length} workers have ${verb}`,
    command: commandId,
    workers: acknowledgements.map(({ workerId, commandId: _, ...rest }) => ({
      id: workerId,
      ...rest,
      freed: Math.max(0, rest.rss_before - rest.rss_after),
    })),
    no_answer: silent,
  };
}
