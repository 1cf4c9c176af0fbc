import type { MemoryEvent } from "@precis/contracts";
import { publishMemoryEvent } from "@precis/control";
import type { Logger, RepeatLimit } from "@precis/observability";
import type { Keys, Redis } from "@precis/redis";
import type { Decision } from "../scheduler/load-admission.js";

const warnings: readonly MemoryEvent["kind"][] = ["pause", "refuse-load", "crash", "hang"];

/** Writes every decision about memory twice: as a log line, and as an event in the last hour's history. */
export function createRecorder({
  log,
  repeats,
  redis,
  keys,
  worker,
}: {
  log: Logger;
  repeats: RepeatLimit;
  redis: Redis;
  keys: Keys;
  worker: string;
}): (decision: Decision) => void {
  return (decision) => {
    const { kind, reason, ...numbers } = decision;
    log[warnings.includes(kind) ? "warn" : "info"]({ decision: kind, ...numbers }, `memory: ${kind}: ${reason}`);
    const event = { at: Date.now(), worker, ...decision };
    publishMemoryEvent(redis, keys, event).catch((error) => repeats.failed("memory event was not published", error));
  };
}
