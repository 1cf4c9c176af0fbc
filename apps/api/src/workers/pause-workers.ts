import { sendCommand } from "@precis/control";
import type { WorkerCommand } from "./worker-command.js";

/** `POST /workers/pause` and `POST /workers/{id}/pause` */
export const pauseWorkers: WorkerCommand = {
  summary: "Stop claiming jobs",
  description: "A paused worker claims no jobs. Running jobs continue, and loaded models stay loaded.",
  send: ({ redis, keys }, addressed, options) =>
    sendCommand(redis, keys, { type: "pause", paused: true, ...addressed }, options),
};
