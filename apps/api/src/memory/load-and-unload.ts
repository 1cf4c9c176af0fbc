import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import {
  type Acknowledgement,
  type FleetAnswerView,
  fleetAnswerSchema,
  type LoadRequest,
  loadRequestSchema,
  type UnloadRequest,
  unloadRequestSchema,
} from "@precis/contracts";
import { type CommandRequest, type FleetAnswer, sendCommand } from "@precis/control";
import type { Context } from "hono";
import type { Parts } from "../parts.js";
import { invalidRequest, problem, problemContent } from "../problem/problem.js";

/** How long the fleet has to answer a command. */
export const answerWithinMs = 30_000;

const answers = {
  200: {
    description: "What every worker made of it; `status` is `ok` only when all have done it",
    content: { "application/json": { schema: fleetAnswerSchema } },
  },
  400: { description: "Not JSON", content: problemContent },
  422: { description: "Not valid", content: problemContent },
  503: { description: "Redis is away", content: problemContent },
};

const unload = createRoute({
  method: "post",
  path: "/memory/unload",
  summary: "Give memory back",
  description:
    "Answered once the model processes have gone. Jobs that arrive meanwhile wait and load the model again afterwards.",
  request: { body: { required: false, content: { "application/json": { schema: unloadRequestSchema } } } },
  responses: answers,
});

const load = createRoute({
  method: "post",
  path: "/memory/load",
  summary: "Load models before they are needed",
  request: { body: { required: false, content: { "application/json": { schema: loadRequestSchema } } } },
  responses: answers,
});

/** `POST /memory/unload` and `POST /memory/load`: told to every worker they are meant for, answered once it is so. */
export function loadAndUnload(app: OpenAPIHono, { redis, keys }: Parts): void {
  // Registered by hand behind their descriptions: an empty body, whatever its content type, means everything.
  app.openAPIRegistry.registerPath(unload);
  app.openAPIRegistry.registerPath(load);
  app.post(unload.path, (c) => command(c, unloadRequestSchema, "unload"));
  app.post(load.path, (c) => command(c, loadRequestSchema, "load"));

  async function command(
    c: Context,
    schema: typeof unloadRequestSchema | typeof loadRequestSchema,
    type: "unload" | "load",
  ): Promise<Response> {
    const text = await c.req.text();
    let given: unknown = {};
    try {
      if (text.trim() !== "") given = JSON.parse(text);
    } catch {
      return problem(c, "invalid_json", "the body cannot be read as JSON");
    }
    const body = schema.safeParse(given);
    if (!body.success) return invalidRequest(c, body.error);
    const answer = await sendCommand(redis, keys, toCommand(body.data, type), answerWithinMs);
    return c.json(describeAnswer(answer, `${type}ed`), 200);
  }
}

function toCommand(body: LoadRequest | UnloadRequest, type: "unload" | "load"): CommandRequest {
  const { models } = body;
  const workers = body.workers === undefined ? {} : { workers: body.workers };
  if (type === "unload" && "mode" in body) return { type: "unload", models, mode: body.mode, ...workers };
  return { type: "load", models, ...workers };
}

/** Never a false "ok": a worker that stayed silent, could not obey in time or does not exist is named. */
export function describeAnswer(
  { commandId, acknowledgements, silent, unknown }: FleetAnswer,
  verb: string,
): FleetAnswerView {
  const faults = acknowledgements.filter(({ outcome }) => !["done", "nothing-loaded"].includes(outcome));
  const asked = acknowledgements.length + silent.length;
  const none = asked + unknown.length === 0;
  return {
    status: none ? "no-workers" : silent.length + faults.length + unknown.length > 0 ? "partial" : "ok",
    message: none
      ? "no worker is alive, so nothing is loaded"
      : `${acknowledgements.length - faults.length} of ${asked + unknown.length} workers have ${verb}`,
    command: commandId,
    workers: acknowledgements.map(describeAcknowledgement),
    no_answer: silent,
    unknown_workers: unknown,
  };
}

/** One worker's part of the answer. */
export function describeAcknowledgement({ workerId, commandId: _, ...rest }: Acknowledgement) {
  return { id: workerId, ...rest, freed: Math.max(0, rest.rss_before - rest.rss_after) };
}
