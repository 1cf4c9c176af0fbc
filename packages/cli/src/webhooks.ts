import { loadConfig } from "@precis/config";
import { readSecrets, rotateSecret } from "@precis/webhooks";
import { useRedis } from "./keys/use-redis.js";
import { UsageError } from "./usage-error.js";

/** `precis webhooks secret|rotate`: the secrets receivers verify with, newest first, one a line. */
export async function webhooks(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [action, ...rest] = args;
  if ((action !== "secret" && action !== "rotate") || rest.length > 0) {
    throw new UsageError("webhooks takes secret or rotate");
  }
  const { webhookSecrets } = loadConfig(env);
  if (action === "rotate") {
    if (webhookSecrets !== undefined) {
      throw new Error("WEBHOOK_SECRET is set, so the secret is changed there: WEBHOOK_SECRET=whsec_new,whsec_old");
    }
    console.log(await useRedis(env, (redis, keys) => rotateSecret(redis, keys)));
    console.error("Webhooks carry two signatures from now on; the secret before this one stops signing in 24 hours.");
    return 0;
  }
  for (const secret of await useRedis(env, (redis, keys) => readSecrets(redis, keys, webhookSecrets))) {
    console.log(secret);
  }
  return 0;
}
