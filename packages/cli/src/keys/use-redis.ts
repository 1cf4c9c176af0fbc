import { setTimeout as sleep } from "node:timers/promises";
import { type Config, loadConfig } from "@precis/config";
import {
  connect,
  databaseOf,
  FolderInUseError,
  findOrStartRedis,
  type Keys,
  type Redis,
  redisKeys,
  runningPrivateServer,
  type UsableRedis,
} from "@precis/redis";

/** How long a `precis up` that is just starting may take until its Redis answers. */
const startingMs = 15_000;

/**
 * Runs `work` on the Redis of this installation: `REDIS_URL`, else the private server that `precis up` runs, else that
 * same server started for the moment, so that a key can be made before the first start.
 */
export async function useRedis<Result>(
  env: NodeJS.ProcessEnv,
  work: (redis: Redis, keys: Keys) => Promise<Result>,
): Promise<Result> {
  const config = loadConfig(env);
  const found = await findRedis(config, env.PATH ?? "");
  try {
    const redis = await connect(found.url, "request");
    try {
      return await work(redis, redisKeys(config.redisPrefix, databaseOf(found.url)));
    } finally {
      redis.disconnect();
    }
  } finally {
    await found.stop();
  }
}

async function findRedis({ redisUrl, redisPrefix, home }: Config, path: string): Promise<UsableRedis> {
  const deadline = Date.now() + startingMs;
  while (true) {
    const running = redisUrl ?? (await runningPrivateServer(home));
    try {
      const given = running === undefined ? {} : { url: running };
      return await findOrStartRedis({ ...given, home, path, prefix: redisPrefix, brief: true });
    } catch (error) {
      if (!(error instanceof FolderInUseError) || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
