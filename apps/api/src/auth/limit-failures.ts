import { PrecisError } from "@precis/contracts";
import type { Logger } from "@precis/observability";
import type { Context } from "hono";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { addressOf } from "../requests/address-of.js";

/** Wrong API keys per address and minute. A key has 160 random bits: this bounds the work of checking, not the chance of guessing. */
const maxFailures = 60;
const windowSeconds = 60;

/** Limits how often an address may send a wrong API key, before the key is looked up. */
export interface FailureLimit {
  /** @throws {PrecisError} `rate_limited` after too many failures */
  check(c: Context): Promise<void>;
  /** Counts a failure. */
  count(c: Context): Promise<void>;
}

export function createFailureLimit(log: Logger): FailureLimit {
  const limiter = new RateLimiterMemory({ points: maxFailures, duration: windowSeconds });
  return {
    check: async (c) => {
      const state = await limiter.get(addressOf(c));
      if (state === null || state.consumedPoints <= maxFailures) return;
      const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
      throw new PrecisError("rate_limited", `Too many requests with a wrong API key; retry in ${seconds} s`, {
        retryAfterSeconds: seconds,
      });
    },
    count: async (c) => {
      const address = addressOf(c);
      const state = await limiter.penalty(address);
      // Once per window, when the limit is reached.
      if (state.consumedPoints === maxFailures + 1) log.warn({ address }, "too many requests with a wrong API key");
    },
  };
}
