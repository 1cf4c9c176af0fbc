import { loadRequestSchema, omitUndefined, unloadRequestSchema } from "@precis/contracts";
import { sendCommand } from "@precis/control";
import type { Handler } from "hono";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";
import { answerCommand, commandResponses } from "../workers/answer-command.js";

export const unloadDocs: RouteDocs = {
  summary: "Unload models and free their memory",
  description:
    "Responds once the model processes have exited. Jobs that arrive meanwhile wait and load the model again afterwards.",
  request: { body: { required: false, content: { "application/json": { schema: unloadRequestSchema } } } },
  responses: commandResponses,
};

export const loadDocs: RouteDocs = {
  summary: "Load models before they are needed",
  request: { body: { required: false, content: { "application/json": { schema: loadRequestSchema } } } },
  responses: commandResponses,
};

/** `POST /memory/unload` */
export function unload(services: Services): Handler {
  const { redis, keys } = services;
  return answerCommand(services, unloadRequestSchema, ({ models, mode, workers }, options) =>
    sendCommand(redis, keys, { type: "unload", models, mode, ...omitUndefined({ workers }) }, options),
  );
}

/** `POST /memory/load` */
export function load(services: Services): Handler {
  const { redis, keys } = services;
  return answerCommand(services, loadRequestSchema, ({ models, workers }, options) =>
    sendCommand(redis, keys, { type: "load", models, ...omitUndefined({ workers }) }, options),
  );
}
