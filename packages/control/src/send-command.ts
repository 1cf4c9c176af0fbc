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

/**
 * How often a command is published again, and how often the sender checks that the workers it waits for are alive. A worker
 * carries out a command once, however often it arrives.
 */
const repeatMs = 1_000;

/** A worker is given up after it was missing in this many checks in a row: its connection may just have been replaced. */
const maxMissingChecks = 3;

export interface SendOptions {
  /** How long the workers have to answer. The command then expires: a worker that was cut off does not act on it later. */
  timeoutMs: number;
  /** Called for each worker as it answers. */
  onWorker?: (worker: WorkerResult) => void;
  /** Stops the waiting, not the command: workers that have not answered by then are in `no_answer`. */
  signal?: AbortSignal;
}

/**
 * Sends a command to every live worker it addresses and collects their acknowledgements until all have answered, the time is
 * over, or the signal aborts.
 */
export async function sendCommand(
  redis: Redis,
  keys: Keys,
  request: CommandRequest,
  { timeoutMs, onWorker, signal }: SendOptions,
): Promise<CommandResult> {
  const command = { ...request, id: randomUUID(), expiresAt: Date.now() + timeoutMs } as ControlCommand;
  const live = await readWorkers(redis, keys);
  const waiting = new Set(
    live.map((worker) => worker.id).filter((id) => command.workers === undefined || command.workers.includes(id)),
  );
  const list = keys.acknowledgements(command.id);
  const message = JSON.stringify(command);
  if (waiting.size > 0) await redis.publish(keys.commands, message);
  const workers: WorkerResult[] = [];
  const lost: string[] = [];
  const missingChecks = new Map<string, number>();
  let read = 0;
  let checkedAt = performance.now();
  while (waiting.size > 0) {
    const answers = await redis.lrange(list, read, -1);
    read += answers.length;
    for (const answer of answers) {
      const acknowledgement = acknowledgementSchema.parse(JSON.parse(answer));
      // A worker whose connection was replaced meanwhile may have written it twice.
      if (!waiting.delete(acknowledgement.workerId)) continue;
      const worker = workerResult(acknowledgement);
      workers.push(worker);
      onWorker?.(worker);
    }
    if (waiting.size === 0 || signal?.aborted || Date.now() >= command.expiresAt) break;
    if (performance.now() - checkedAt >= repeatMs) {
      checkedAt = performance.now();
      const alive = new Set((await readWorkers(redis, keys)).map(({ id }) => id));
      for (const id of waiting) {
        const checks = alive.has(id) ? 0 : (missingChecks.get(id) ?? 0) + 1;
        missingChecks.set(id, checks);
        // A worker that died or stopped cannot answer, and its models are gone with it.
        if (checks === maxMissingChecks && waiting.delete(id)) lost.push(id);
      }
      // For workers that were not connected when it was published.
      await redis.publish(keys.commands, message);
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
