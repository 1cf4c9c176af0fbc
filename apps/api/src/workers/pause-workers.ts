import type { OpenAPIHono } from "@hono/zod-openapi";
import { sendCommand } from "@precis/control";
import type { Parts } from "../parts.js";
import { answerWithinMs } from "./answer-command.js";
import { workerRoutes } from "./worker-routes.js";

/** `POST /workers/pause` and `POST /workers/{id}/pause`. */
export function pauseWorkers(app: OpenAPIHono, { redis, keys }: Parts): void {
  workerRoutes(app, {
    name: "pause",
    summary: "Stop claiming jobs",
    description: "A paused worker claims no jobs. Running jobs continue, and loaded models stay loaded.",
    send: (addressed, onWorker) =>
      sendCommand(redis, keys, { type: "pause", paused: true, ...addressed }, answerWithinMs, onWorker),
  });
}
