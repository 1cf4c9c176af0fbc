import { sendCommand } from "@precis/control";
import type { WorkerCommand } from "./worker-command.js";

/** `POST /workers/resume` and `POST /workers/{id}/resume` */
export const resumeWorkers: WorkerCommand = {
  summary: "Claim jobs again",
  description:
    "Lifts a pause or drain by an operator. A worker that paused by itself, such as for memory pressure, resumes by itself.",
  send: ({ redis, keys }, addressed, options) =>
    sendCommand(redis, keys, { type: "pause", paused: false, ...addressed }, options),
};
