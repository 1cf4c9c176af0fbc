import { loadConfig } from "@precis/config";
import { connect, findOrStartRedis, type Keys, type Redis, redisKeys, runningPrivateServer } from "@precis/redis";

/**
 * Runs `work` on the Redis of this installation: `REDIS_URL`, else the private server that `precis up` runs, else that
 * same server started for the moment, so that a key can be made before the first start.
 */
export async function useRedis<Result>(
  env: NodeJS.ProcessEnv,
  work: (redis: Redis, keys: Keys) => Promise<Result>,
): Promise<Result> {
  const config = loadConfig(env);
  const running = config.redisUrl ?? (await runningPrivateServer(config.home));
  const found = await findOrStartRedis({
    ...(running === undefined ? {} : { url: running }),
    home: config.home,
    prefix: config.redisPrefix,
    path: env.PATH ?? "",
  });
  try {
    const redis = await connect(found.url, "request");
    try {
      return await work(redis, redisKeys(config.redisPrefix));
    } finally {
      redis.disconnect();
    }
  } finally {
    await found.stop();
  }
}
