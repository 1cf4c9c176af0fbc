import type { OpenAPIHono } from "@hono/zod-openapi";
import { sendCommand } from "@precis/control";
import type { Parts } from "../parts.js";
import { answerWithinMs } from "./answer-command.js";
import { workerRoutes } from "./worker-routes.js";

/** `POST /workers/resume` and `POST /workers/{id}/resume`. */
export function resumeWorkers(app: OpenAPIHono, { redis, keys }: Parts): void {
  workerRoutes(app, {
    name: "resume",
    summary: "Claim jobs again",
    description:
      "Lifts a pause or drain by an operator. A worker that paused by itself, such as for memory pressure, resumes by itself.",
    send: (addressed, onWorker) =>
      sendCommand(redis, keys, { type: "pause", paused: false, ...addressed }, answerWithinMs, onWorker),
  });
}
