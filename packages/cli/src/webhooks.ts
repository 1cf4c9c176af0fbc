import { loadConfig } from "@precis/config";
import { readSecrets, rotateSecret } from "@precis/webhooks";
import { useRedis } from "./keys/use-redis.js";

/** `precis webhooks secret`: the secrets that receivers verify with, newest first, one a line. */
export async function showSecrets(_: object, env: NodeJS.ProcessEnv): Promise<number> {
  const { webhookSecrets } = loadConfig(env);
  for (const secret of await useRedis(env, (redis, keys) => readSecrets(redis, keys, webhookSecrets))) {
    console.log(secret);
  }
  return 0;
}

/** `precis webhooks rotate` */
export async function rotate(_: object, env: NodeJS.ProcessEnv): Promise<number> {
  const { webhookSecrets } = loadConfig(env);
  if (webhookSecrets !== undefined) {
    throw new Error("WEBHOOK_SECRET is set, so the secret is changed there: WEBHOOK_SECRET=whsec_new,whsec_old");
  }
  console.log(await useRedis(env, (redis, keys) => rotateSecret(redis, keys)));
  console.error("Webhooks carry two signatures from now on; the previous secret stops signing in 24 hours.");
  return 0;
}
