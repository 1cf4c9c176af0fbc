import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Acknowledgement,
  acknowledgementSchema,
  type CommandResult,
  type ControlCommand,
  type WorkerResult,
} from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { commandResult, pastTense, workerResult } from "./command-result.js";
import { readWorkers } from "./read-telemetry.js";

type WithoutEnvelope<Command> = Command extends unknown ? Omit<Command, "id" | "expiresAt"> : never;
/** A command before it has an id and an expiry. */
export type CommandRequest = WithoutEnvelope<ControlCommand>;

const acknowledgementsExpireSeconds = 120;
const pollMs = 25;

/** How often the sender checks that the workers it waits for are still alive. */
const aliveMs = 1_000;

/**
 * Sends a command to every live worker it addresses and collects their acknowledgements until all have answered or
 * `timeoutMs` is over. The command expires at that moment: a worker that was cut off does not act on it later.
 *
 * @param onWorker called for each worker as it answers
 */
export async function sendCommand(
  redis: Redis,
  keys: Keys,
  request: CommandRequest,
  timeoutMs: number,
  onWorker: (worker: WorkerResult) => void = () => {},
): Promise<CommandResult> {
  const command = { ...request, id: randomUUID(), expiresAt: Date.now() + timeoutMs } as ControlCommand;
  const live = await readWorkers(redis, keys);
  const waiting = new Set(
    live.map((worker) => worker.id).filter((id) => command.workers === undefined || command.workers.includes(id)),
  );
  const list = keys.acknowledgements(command.id);
  if (waiting.size > 0) await redis.publish(keys.commands, JSON.stringify(command));
  const workers: WorkerResult[] = [];
  const lost: string[] = [];
  let checkedAt = Date.now();
  while (waiting.size > 0) {
    const answers = await redis.lrange(list, workers.length, -1);
    for (const answer of answers) {
      const acknowledgement = acknowledgementSchema.parse(JSON.parse(answer));
      const worker = workerResult(acknowledgement);
      workers.push(worker);
      onWorker(worker);
      waiting.delete(acknowledgement.workerId);
    }
    if (waiting.size === 0 || Date.now() >= command.expiresAt) break;
    if (Date.now() - checkedAt >= aliveMs) {
      checkedAt = Date.now();
      const alive = new Set((await readWorkers(redis, keys)).map(({ id }) => id));
      // A worker that died or stopped cannot answer, and its models are gone with it.
      for (const id of waiting) if (!alive.has(id) && waiting.delete(id)) lost.push(id);
    }
    await sleep(pollMs);
  }
  const known = new Set(live.map(({ id }) => id));
  return commandResult(
    {
      command: command.id,
      workers,
      no_answer: [...waiting, ...lost].sort(),
      unknown_workers: (command.workers ?? []).filter((id) => !known.has(id)),
    },
    pastTense(command),
  );
}

/** Writes one worker's acknowledgement to the list that the sender reads. */
export async function acknowledge(redis: Redis, keys: Keys, acknowledgement: Acknowledgement): Promise<void> {
  const list = keys.acknowledgements(acknowledgement.commandId);
  await redis.multi().rpush(list, JSON.stringify(acknowledgement)).expire(list, acknowledgementsExpireSeconds).exec();
}
