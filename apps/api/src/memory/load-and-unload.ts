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
import type { Handler } from "hono";
import { problemContent } from "../problem/problem.js";
import { parseRequest } from "../requests/parse-request.js";
import { parseJson, readText } from "../requests/read-json.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";

/** How long the workers have to acknowledge a command. */
export const answerWithinMs = 30_000;

const responses: RouteDocs["responses"] = {
  200: {
    description: "The result of each worker; `status` is `ok` only when all have succeeded",
    content: { "application/json": { schema: fleetAnswerSchema } },
  },
  400: { description: "Invalid JSON", content: problemContent },
  422: { description: "Invalid request", content: problemContent },
  503: { description: "Redis is unavailable", content: problemContent },
};

export const unloadDocs: RouteDocs = {
  summary: "Unload models and free their memory",
  description:
    "Responds once the model processes have exited. Jobs that arrive meanwhile wait and load the model again afterwards.",
  request: { body: { required: false, content: { "application/json": { schema: unloadRequestSchema } } } },
  responses,
};

export const loadDocs: RouteDocs = {
  summary: "Load models before they are needed",
  request: { body: { required: false, content: { "application/json": { schema: loadRequestSchema } } } },
  responses,
};

/** `POST /memory/unload` */
export const unload = (services: Services): Handler => command(services, unloadRequestSchema, "unload");

/** `POST /memory/load` */
export const load = (services: Services): Handler => command(services, loadRequestSchema, "load");

/** Sends a command to the workers it addresses. An empty body, whatever its content type, addresses everything. */
function command(
  { redis, keys }: Services,
  schema: typeof unloadRequestSchema | typeof loadRequestSchema,
  type: "unload" | "load",
): Handler {
  return async (c) => {
    const text = await readText(c);
    const body = parseRequest<typeof schema>(schema, text.trim() === "" ? {} : parseJson(text));
    const answer = await sendCommand(redis, keys, toCommand(body, type), answerWithinMs);
    return c.json(describeAnswer(answer, `${type}ed`));
  };
}

function toCommand(body: LoadRequest | UnloadRequest, type: "unload" | "load"): CommandRequest {
  const { models } = body;
  const workers = body.workers === undefined ? {} : { workers: body.workers };
  if (type === "unload" && "mode" in body) return { type: "unload", models, mode: body.mode, ...workers };
  return { type: "load", models, ...workers };
}

/** Never a false "ok": a worker that did not answer, did not finish in time or does not exist is listed. */
export function describeAnswer(
  { commandId, acknowledgements, silent, unknown }: FleetAnswer,
  verb: string,
): FleetAnswerView {
  const failures = acknowledgements.filter(({ outcome }) => !["done", "nothing-loaded"].includes(outcome));
  const asked = acknowledgements.length + silent.length;
  const none = asked + unknown.length === 0;
  return {
    status: none ? "no-workers" : silent.length + failures.length + unknown.length > 0 ? "partial" : "ok",
    message: none
      ? "no worker is alive, so nothing is loaded"
      : `${acknowledgements.length - failures.length} of ${asked + unknown.length} workers have ${verb}`,
    command: commandId,
    workers: acknowledgements.map(describeAcknowledgement),
    no_answer: silent,
    unknown_workers: unknown,
  };
}

/** The result of one worker. */
export function describeAcknowledgement({ workerId, commandId: _, ...rest }: Acknowledgement) {
  return { id: workerId, ...rest, freed: Math.max(0, rest.rss_before - rest.rss_after) };
}
