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

/** How often it is looked whether those that have not answered are still alive. */
const aliveMs = 1_000;

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
  if (waiting.size > 0) await redis.publish(keys.commands, JSON.stringify(command));
  const acknowledgements: Acknowledgement[] = [];
  const gone: string[] = [];
  let lookedAt = Date.now();
  while (waiting.size > 0) {
    const answers = await redis.lrange(list, acknowledgements.length, -1);
    for (const answer of answers) {
      const acknowledgement = acknowledgementSchema.parse(JSON.parse(answer));
      acknowledgements.push(acknowledgement);
      onAcknowledgement(acknowledgement);
      waiting.delete(acknowledgement.workerId);
    }
    if (waiting.size === 0 || Date.now() >= command.expiresAt) break;
    if (Date.now() - lookedAt >= aliveMs) {
      lookedAt = Date.now();
      const alive = new Set((await readWorkers(redis, keys)).map(({ id }) => id));
      // Dead or stopped: it will not answer any more, and its models went with it.
      for (const id of waiting) if (!alive.has(id) && waiting.delete(id)) gone.push(id);
    }
    await sleep(pollMs);
  }
  const known = new Set(live.map(({ id }) => id));
  return {
    commandId: command.id,
    acknowledgements,
    silent: [...waiting, ...gone].sort(),
    unknown: (command.workers ?? []).filter((id) => !known.has(id)),
  };
}

/** Writes one worker's acknowledgement where the sender looks for it. */
export async function acknowledge(redis: Redis, keys: Keys, acknowledgement: Acknowledgement): Promise<void> {
  const list = keys.acknowledgements(acknowledgement.commandId);
  await redis.multi().rpush(list, JSON.stringify(acknowledgement)).expire(list, acknowledgementsExpireSeconds).exec();
}
