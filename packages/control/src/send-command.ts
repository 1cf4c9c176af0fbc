import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Acknowledgement, acknowledgementSchema, type ControlCommand } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { readWorkers } from "./read-telemetry.js";

type WithoutEnvelope<Command> = Command extends unknown ? Omit<Command, "id" | "expiresAt"> : never;
/** A command before it has an id and an expiry. */
export type CommandRequest = WithoutEnvelope<ControlCommand>;

/** What the fleet answered: every worker it was meant for stands in one of the three lists. */
export interface FleetAnswer {
  commandId: string;
  acknowledgements: Acknowledgement[];
  /** Workers that were alive when the command was sent and did not answer in time. */
  silent: string[];
  /** Workers it was meant for that were not alive. */
  unknown: string[];
}

const acknowledgementsExpireSeconds = 120;
const pollMs = 25;

/**
 * How often a command is published again and it is looked whether those that have not answered are still alive. A worker
 * applies a command once, however often it arrives.
 */
const repeatMs = 1_000;

/** A worker is given up when it is missing in so many looks in a row: its connection may just have been replaced. */
const missingLooks = 3;

/**
 * Sends a command to every live worker it is meant for and gathers their acknowledgements until all have answered or
 * `timeoutMs` is over, which is also when the command expires: a worker that was cut off will not act on it later.
 *
 * @param onAcknowledgement told of each as it comes
 */
export async function sendCommand(
  redis: Redis,
  keys: Keys,
  request: CommandRequest,
  timeoutMs: number,
  onAcknowledgement: (acknowledgement: Acknowledgement) => void = () => {},
): Promise<FleetAnswer> {
  const command = { ...request, id: randomUUID(), expiresAt: Date.now() + timeoutMs } as ControlCommand;
  const live = await readWorkers(redis, keys);
  const waiting = new Set(
    live.map((worker) => worker.id).filter((id) => command.workers === undefined || command.workers.includes(id)),
  );
  const list = keys.acknowledgements(command.id);
  const message = JSON.stringify(command);
  if (waiting.size > 0) await redis.publish(keys.commands, message);
  const acknowledgements: Acknowledgement[] = [];
  const dead: string[] = [];
  const missing = new Map<string, number>();
  let read = 0;
  let lookedAt = performance.now();
  while (waiting.size > 0) {
    const answers = await redis.lrange(list, read, -1);
    read += answers.length;
    for (const answer of answers) {
      const acknowledgement = acknowledgementSchema.parse(JSON.parse(answer));
      // A worker whose connection was replaced just then may have written it twice.
      if (!waiting.delete(acknowledgement.workerId)) continue;
      acknowledgements.push(acknowledgement);
      onAcknowledgement(acknowledgement);
    }
    if (waiting.size === 0 || Date.now() >= command.expiresAt) break;
    if (performance.now() - lookedAt >= repeatMs) {
      lookedAt = performance.now();
      const alive = new Set((await readWorkers(redis, keys)).map(({ id }) => id));
      for (const id of waiting) {
        const looks = alive.has(id) ? 0 : (missing.get(id) ?? 0) + 1;
        missing.set(id, looks);
        // Dead or stopped: it will not answer any more, and its models went with it.
        if (looks === missingLooks && waiting.delete(id)) dead.push(id);
      }
      // Whoever was not connected when it was published may be now.
      await redis.publish(keys.commands, message);
    }
    await sleep(pollMs);
  }
  const known = new Set(live.map(({ id }) => id));
  return {
    commandId: command.id,
    acknowledgements,
    silent: [...waiting, ...dead].sort(),
    unknown: (command.workers ?? []).filter((id) => !known.has(id)),
  };
}

/** Writes one worker's acknowledgement where the sender looks for it. */
export async function acknowledge(redis: Redis, keys: Keys, acknowledgement: Acknowledgement): Promise<void> {
  const list = keys.acknowledgements(acknowledgement.commandId);
  await redis.multi().rpush(list, JSON.stringify(acknowledgement)).expire(list, acknowledgementsExpireSeconds).exec();
}
