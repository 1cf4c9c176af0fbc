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
  obey(command: ControlCommand): Promise<Omit<Acknowledgement, "commandId" | "workerId">>;
  onError(error: unknown): void;
}

/** Ids remembered so that a command is applied once. */
const rememberedIds = 1_000;

/** Obeys commands meant for this worker: each once, none after its expiry. */
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
    const acknowledgement = await options.obey(command);
    await acknowledge(redis, keys, { ...acknowledgement, commandId: command.id, workerId });
  };

  subscriber.on("message", (channel, message) => {
    if (channel === keys.commands) receive(message).catch(options.onError);
  });
  await subscriber.subscribe(keys.commands);
  return { close: () => subscriber.disconnect() };
}
