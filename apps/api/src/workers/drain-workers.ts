import { setTimeout as sleep } from "node:timers/promises";
import { type CommandResult, modelNames } from "@precis/contracts";
import { commandResult, readWorkers, type SendOptions, sendCommand } from "@precis/control";
import type { Services } from "../services.js";
import type { AddressedWorkers, WorkerCommand } from "./worker-command.js";

const pollMs = 100;

/** Workers have at least this long to unload, however long their jobs ran. */
const minUnloadMs = 1_000;

/** `POST /workers/drain` and `POST /workers/{id}/drain` */
export const drainWorkers: WorkerCommand = {
  summary: "Stop claiming jobs, finish the running ones, unload all models",
  description:
    "For maintenance: the worker pauses, finishes its running jobs and then unloads every model. It claims no jobs until " +
    "it is resumed.",
  send: drain,
};

async function drain(
  { redis, keys }: Services,
  addressed: AddressedWorkers,
  options: SendOptions,
): Promise<CommandResult> {
  const { timeoutMs, signal } = options;
  const deadline = Date.now() + timeoutMs;
  const pause = { type: "pause", paused: true, ...addressed } as const;
  const paused = await sendCommand(redis, keys, pause, withoutListener(options));
  const { no_answer, unknown_workers } = paused;
  const workers = paused.workers.map(({ id }) => id);
  if (workers.length === 0) return paused;
  while (Date.now() < deadline - pollMs && !signal?.aborted && (await isAnyBusy(workers))) await sleep(pollMs);
  const unloaded = await sendCommand(
    redis,
    keys,
    { type: "unload", models: [...modelNames], mode: "drain", workers },
    { ...options, timeoutMs: Math.max(minUnloadMs, deadline - Date.now()) },
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

  async function isAnyBusy(ids: readonly string[]): Promise<boolean> {
    const live = await readWorkers(redis, keys);
    return live.some(({ id, models }) => ids.includes(id) && models.some(({ in_flight }) => in_flight > 0));
  }
}

/** A worker has done its part once it has unloaded, not when it has paused. */
function withoutListener({ onWorker: _, ...options }: SendOptions): SendOptions {
  return options;
}
