import type { Rate } from "@precis/config";
import { PrecisError } from "@precis/contracts";
import type { Keys, Redis } from "@precis/redis";
import type { Context, MiddlewareHandler } from "hono";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { addressOf } from "../requests/address-of.js";

/**
 * Limits requests per API key, or per address while no key is required, across all API processes. Reports the state in the
 * header fields of the IETF draft (draft-ietf-httpapi-ratelimit-headers-10).
 */
export function limitRate(rate: Rate, redis: Redis, keys: Keys): MiddlewareHandler {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: keys.rateLimits,
    points: rate.requests,
    duration: rate.seconds,
    // Callers past their limit are rejected without asking Redis again.
    inMemoryBlockOnConsumed: rate.requests + 1,
  });
  const policy = `"default";q=${rate.requests};w=${rate.seconds}`;
  return async (c, next) => {
    const [state, isRejected] = await limiter.consume(callerName(c)).then(
      (result) => [result, false] as const,
      (error: unknown) => {
        if (error instanceof RateLimiterRes) return [error, true] as const;
        throw error;
      },
    );
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
    c.header("RateLimit-Policy", policy);
    c.header("RateLimit", `"default";r=${state.remainingPoints};t=${seconds}`);
    if (isRejected) {
      const message = `At most ${rate.requests} requests in ${rate.seconds} s; retry in ${seconds} s`;
      throw new PrecisError("rate_limited", message, { retryAfterSeconds: seconds });
    }
    return next();
  };
}

function callerName(c: Context): string {
  return c.get("caller").prefix ?? addressOf(c);
}
