import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionRole, connect, type Redis } from "../connection.js";
import { findOrStartRedis } from "../find-or-start.js";

export interface TestRedis {
  url: string;
  /** An open connection to it. */
  redis: Redis;
  /** Ends the connection and the server and removes its files. */
  stop(): Promise<void>;
}

/** A Redis for one test file, started from the machine's own `redis-server`. */
export async function startTestRedis(role: ConnectionRole): Promise<TestRedis> {
  const home = await mkdtemp(join(tmpdir(), "precis-redis-"));
  const server = await findOrStartRedis({ home, path: process.env.PATH ?? "" });
  const redis = await connect(server.url, role);
  return {
    url: server.url,
    redis,
    stop: async () => {
      redis.disconnect();
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
