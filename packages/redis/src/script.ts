import { createHash } from "node:crypto";
import type { Redis } from "./connection.js";

/** Runs a Lua script with its keys and arguments. */
export type Script = (redis: Redis, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/**
 * A Lua script that is sent by its digest, and in full only to a server that does not know it yet. One command, where a
 * pipeline of ioredis 6 also pays for all the commands BullMQ defines on the connection.
 */
export function createScript(lua: string): Script {
  const digest = createHash("sha1").update(lua).digest("hex");
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(digest, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error as Error).message.startsWith("NOSCRIPT")) throw error;
      return redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
}
