import type { Redis } from "./connection.js";

/** Below this a difference between two clocks does no harm here, and may come from the network. */
export const tolerableSkewMs = 1_000;

/** A correction stays until the difference is well below that. */
const settledSkewMs = 500;
const everyMs = 10_000;
const rounds = 3;

/** A round trip that took longer says too little about the time. */
const maxRoundTripMs = 1_000;

/** The clock of a process that follows that of Redis. */
export interface RedisTime {
  /** How far this machine's own clock is ahead of that of Redis, in whole ms; negative when it is behind. */
  readonly skewMs: number;
  /** Gives the process its machine's clock back. */
  stop(): void;
}

export interface FollowOptions {
  /** Called when the process begins to correct its clock, and when it needs to no longer. */
  onChange(skewMs: number, isCorrected: boolean): void;
}

/**
 * How far a clock is ahead of that of Redis, in ms, by the quickest of a few round trips; `undefined` when none was quick
 * enough.
 */
export async function measureSkew(redis: Redis, now: () => number = Date.now): Promise<number | undefined> {
  let best: { skewMs: number; tookMs: number } | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const at = now();
    const sent = performance.now();
    const [seconds, microseconds] = await redis.time();
    const tookMs = performance.now() - sent;
    const skewMs = at + tookMs / 2 - (Number(seconds) * 1_000 + Number(microseconds) / 1_000);
    if (tookMs < (best?.tookMs ?? maxRoundTripMs)) best = { skewMs, tookMs };
  }
  return best === undefined ? undefined : Math.round(best.skewMs);
}

/**
 * Makes `Date.now` of this process return the time of Redis where the machine's own clock differs by more than a second, so that
 * what is compared across machines (heartbeats, deadlines, expiries, delays) comes from one clock. The function itself is
 * replaced, since BullMQ 6.7 reads it for all its times and cannot be given another; see docs/decisions/0007.
 *
 * Resolves after the first measurement. One that fails, because Redis is away or does not permit `TIME`, leaves the last one.
 */
export async function followRedisTime(redis: Redis, { onChange }: FollowOptions): Promise<RedisTime> {
  const systemNow = Date.now;
  let skewMs = 0;
  let correctionMs = 0;
  const measure = async () => {
    const measured = await measureSkew(redis, systemNow).catch(() => undefined);
    if (measured === undefined) return;
    skewMs = measured;
    const wasCorrected = correctionMs !== 0;
    const isCorrected = Math.abs(skewMs) > (wasCorrected ? settledSkewMs : tolerableSkewMs);
    correctionMs = isCorrected ? skewMs : 0;
    if (isCorrected !== wasCorrected) onChange(skewMs, isCorrected);
  };
  Date.now = () => systemNow() - correctionMs;
  await measure();
  const timer = setInterval(() => void measure(), everyMs).unref();
  // After a failover the time is that of another machine.
  const measureAgain = () => void measure();
  redis.on("ready", measureAgain);
  return {
    get skewMs() {
      return skewMs;
    },
    stop: () => {
      clearInterval(timer);
      redis.off("ready", measureAgain);
      Date.now = systemNow;
    },
  };
}
