import type { MemoryEvent } from "@precis/contracts";
import { publishMemoryEvent } from "@precis/control";
import type { Logger, RepeatLimit } from "@precis/observability";
import type { Keys, Redis } from "@precis/redis";
import type { Decision } from "../scheduler/scheduler-events.js";

const warnings: readonly MemoryEvent["kind"][] = ["pause", "refuse-load", "crash", "hang"];

export interface RecorderOptions {
  log: Logger;
  repeats: RepeatLimit;
  redis: Redis;
  keys: Keys;
  workerId: string;
}

/** Writes a decision about memory twice: as a log line, and as an event of `GET /memory/history`. */
export function recordDecision(decision: Decision, { log, repeats, redis, keys, workerId }: RecorderOptions): void {
  const { kind, reason, ...numbers } = decision;
  log[warnings.includes(kind) ? "warn" : "info"]({ decision: kind, ...numbers }, `memory: ${kind}: ${reason}`);
  const event = { at: Date.now(), worker: workerId, ...decision };
  publishMemoryEvent(redis, keys, event).catch((error) => repeats.failed("memory event was not published", error));
}
