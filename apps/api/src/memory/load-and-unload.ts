import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { loadRequestSchema, unloadRequestSchema } from "@precis/contracts";
import { sendCommand } from "@precis/control";
import type { Parts } from "../parts.js";
import { answerCommand, answerWithinMs, commandResponses } from "../workers/answer-command.js";

const unload = createRoute({
  method: "post",
  path: "/memory/unload",
  summary: "Unload models and free their memory",
  description:
    "Answered once the model processes have exited. Jobs that arrive meanwhile wait and load the model again afterwards.",
  request: { body: { required: false, content: { "application/json": { schema: unloadRequestSchema } } } },
  responses: commandResponses,
});

const load = createRoute({
  method: "post",
  path: "/memory/load",
  summary: "Load models before they are needed",
  request: { body: { required: false, content: { "application/json": { schema: loadRequestSchema } } } },
  responses: commandResponses,
});

/** `POST /memory/unload` and `POST /memory/load`: sent to every addressed worker, answered once they have done it. */
export function loadAndUnload(app: OpenAPIHono, { redis, keys }: Parts): void {
  // The handlers are registered separately from the descriptions: the body may be empty, whatever its content type.
  app.openAPIRegistry.registerPath(unload);
  app.openAPIRegistry.registerPath(load);
  app.post(unload.path, (c) =>
    answerCommand(c, unloadRequestSchema, ({ models, mode, workers }, onWorker) =>
      sendCommand(redis, keys, { type: "unload", models, mode, ...only(workers) }, answerWithinMs, onWorker),
    ),
  );
  app.post(load.path, (c) =>
    answerCommand(c, loadRequestSchema, ({ models, workers }, onWorker) =>
      sendCommand(redis, keys, { type: "load", models, ...only(workers) }, answerWithinMs, onWorker),
    ),
  );
}

const only = (workers: string[] | undefined) => (workers === undefined ? {} : { workers });
