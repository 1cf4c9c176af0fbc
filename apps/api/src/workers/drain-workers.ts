import { setTimeout as sleep } from "node:timers/promises";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { type CommandResult, modelNames, type WorkerResult } from "@precis/contracts";
import { commandResult, readWorkers, sendCommand } from "@precis/control";
import type { Parts } from "../parts.js";
import { answerWithinMs } from "./answer-command.js";
import { type AddressedWorkers, workerRoutes } from "./worker-routes.js";

const pollMs = 100;

/** Workers have at least this long to unload, however long their jobs ran. */
const minUnloadMs = 1_000;

/** `POST /workers/drain` and `POST /workers/{id}/drain`. */
export function drainWorkers(app: OpenAPIHono, parts: Parts): void {
  workerRoutes(app, {
    name: "drain",
    summary: "Stop claiming jobs, finish the running ones, unload all models",
    description:
      "For maintenance: the worker pauses, finishes its running jobs and then unloads every model. It claims no jobs until " +
      "it is resumed.",
    send: (addressed, onWorker) => drain(parts, addressed, onWorker),
  });
}

async function drain(
  { redis, keys }: Parts,
  addressed: AddressedWorkers,
  onWorker: (worker: WorkerResult) => void,
): Promise<CommandResult> {
  const deadline = Date.now() + answerWithinMs;
  const paused = await sendCommand(redis, keys, { type: "pause", paused: true, ...addressed }, answerWithinMs);
  const { no_answer, unknown_workers } = paused;
  const workers = paused.workers.map(({ id }) => id);
  if (workers.length === 0) return paused;
  while (Date.now() < deadline - pollMs && (await anyBusy(workers))) await sleep(pollMs);
  const unloaded = await sendCommand(
    redis,
    keys,
    { type: "unload", models: [...modelNames], mode: "drain", workers },
    Math.max(minUnloadMs, deadline - Date.now()),
    onWorker,
  );
  return commandResult(
    {
      command: unloaded.command,
      workers: unloaded.workers,
      // A worker that died in between is unknown to the second command.
      no_answer: [...no_answer, ...unloaded.no_answer, ...unloaded.unknown_workers].sort(),
      unknown_workers,
    },
    "drained",
  );

  async function anyBusy(ids: readonly string[]): Promise<boolean> {
    const live = await readWorkers(redis, keys);
    return live.some(({ id, models }) => ids.includes(id) && models.some(({ in_flight }) => in_flight > 0));
  }
}
