import { setTimeout as sleep } from "node:timers/promises";
import { type Acknowledgement, type ControlCommand, controlCommandSchema } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import { acknowledge } from "./send-command.js";

export interface CommandListener {
  close(): void;
}

export interface ListenOptions {
  /** Connection to write acknowledgements on. */
  redis: Redis;
  /** Connection of its own: a subscribed connection can do nothing else. */
  subscriber: Redis;
  keys: Keys;
  workerId: string;
  /** Resolves once the command has really taken effect; a rejection is logged and left unanswered. */
  execute(command: ControlCommand): Promise<Omit<Acknowledgement, "commandId" | "workerId">>;
  onError(error: unknown): void;
}

/** How long to wait before an acknowledgement is written again. */
const retryMs = 250;

/** Ids remembered so that a command is applied once. */
const rememberedIds = 1_000;

/** Executes commands meant for this worker: each once, none after its expiry. */
export async function listenForCommands(options: ListenOptions): Promise<CommandListener> {
  const { redis, subscriber, keys, workerId } = options;
  const seen = new Set<string>();

  const receive = async (message: string) => {
    const parsed = controlCommandSchema.safeParse(JSON.parse(message));
    if (!parsed.success) return;
    const command = parsed.data;
    if (command.workers !== undefined && !command.workers.includes(workerId)) return;
    if (command.expiresAt <= Date.now() || seen.has(command.id)) return;
    seen.add(command.id);
    if (seen.size > rememberedIds) seen.delete(seen.values().next().value as string);
    const acknowledgement = await options.execute(command);
    await acknowledgeInTime({ ...acknowledgement, commandId: command.id, workerId }, command.expiresAt);
  };

  /** What has been done cannot be undone, so it is acknowledged as soon as Redis takes it, as after it was full. */
  const acknowledgeInTime = async (acknowledgement: Acknowledgement, expiresAt: number) => {
    while (true) {
      try {
        return await acknowledge(redis, keys, acknowledgement);
      } catch (error) {
        if (Date.now() >= expiresAt) throw error;
        await sleep(retryMs);
      }
    }
  };

  subscriber.on("message", (channel, message) => {
    if (channel === keys.commands) receive(message).catch(options.onError);
  });
  await subscriber.subscribe(keys.commands);
  return { close: () => subscriber.disconnect() };
}
