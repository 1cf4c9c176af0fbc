import { getConnInfo } from "@hono/node-server/conninfo";
import type { Rate } from "@precis/config";
import type { Keys, Redis } from "@precis/redis";
import type { Context, MiddlewareHandler } from "hono";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { problem } from "../problem/problem.js";

/**
 * Limits requests per key, or per address while no key is demanded, over all API processes. Tells the state in the
 * fields of the IETF draft (draft-ietf-httpapi-ratelimit-headers-10); a refused request is a 429 with `Retry-After`.
 */
export function limitRate(rate: Rate, redis: Redis, keys: Keys): MiddlewareHandler {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: keys.rateLimits,
    points: rate.requests,
    duration: rate.seconds,
    // Who has used up all is refused without asking Redis again.
    inMemoryBlockOnConsumed: rate.requests + 1,
  });
  const policy = `"default";q=${rate.requests};w=${rate.seconds}`;
  return async (c, next) => {
    // Routes outside the guarded ones have no caller, and answer without Redis.
    if (c.get("caller") === undefined) return next();
    const [state, refused] = await limiter.consume(callerName(c)).then(
      (res) => [res, false] as const,
      (error: unknown) => {
        if (error instanceof RateLimiterRes) return [error, true] as const;
        throw error;
      },
    );
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
    c.header("RateLimit-Policy", policy);
    c.header("RateLimit", `"default";r=${state.remainingPoints};t=${seconds}`);
    if (refused) {
      const allowed = `${rate.requests} requests in ${rate.seconds} s are allowed`;
      return problem(c, "rate_limited", `${allowed}; the next one in ${seconds} s`, undefined, seconds);
    }
    return next();
  };
}

function callerName(c: Context): string {
  const { prefix } = c.get("caller");
  if (prefix !== undefined) return prefix;
  try {
    return getConnInfo(c).remote.address ?? "unknown";
  } catch {
    // Not behind a socket: the app is called directly.
    return "unknown";
  }
}
