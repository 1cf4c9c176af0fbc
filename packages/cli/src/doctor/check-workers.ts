import { version } from "@precis/config";
import type { PauseReason, WorkerTelemetry } from "@precis/contracts";
import { tolerableSkewMs } from "@precis/redis";
import { describeSkew, synchronize } from "./check-clock.js";
import { type Finding, failed, mb, passed } from "./finding.js";

const pauseAdvice: Record<PauseReason, string> = {
  operator: "somebody paused it; resume it on the fleet page when that is over",
  pressure: "give it more memory (MEMORY_LIMIT, the container's limit), or run fewer workers on the machine",
  "no-room": "it waits for a model to become idle; give it more memory when that happens often",
  "too-small": "its memory limit is below what a model needs; raise it",
  starting: "wait until its models are loaded",
};

/** Every worker heard from: where it runs, what it has loaded, and what keeps it from working. */
export function checkWorkers(workers: readonly WorkerTelemetry[]): Finding[] {
  if (workers.length === 0) {
    return [failed("workers", "none was heard from in the last 8 s", "start one: `npm start`, with WORKERS=1 or more")];
  }
  return workers.map((worker) => {
    const check = `worker ${worker.id}`;
    const { memory, clock_skew_ms: skewMs = 0 } = worker;
    const models = worker.models.map(({ model, state, responding, rss }) => {
      const details = [...(rss > 0 ? [mb(rss)] : []), ...(responding === false ? ["not responding"] : [])];
      return `${model} ${state}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
    });
    const found = [
      `${worker.status} on ${worker.host} (pid ${worker.pid}, ${worker.device})`,
      ...models,
      `memory ${mb(memory.current)} of ${mb(memory.limit)} (${memory.source}), pressure ${memory.pressure}`,
    ].join("; ");
    const advice = [
      ...worker.paused_by.map((reason) => `paused (${reason}): ${pauseAdvice[reason]}`),
      ...worker.models.flatMap(({ model, pid, responding }) => {
        if (responding !== false) return [];
        return `the ${model} model process (pid ${pid}) does not respond: the worker replaces it after MODEL_HANG_TIMEOUT; if that happens often, its log and the kernel's log say why`;
      }),
      ...memory.too_small_for.map(
        (model) =>
          `too little memory for ${model}: raise its limit, lower MODEL_CONCURRENCY, or choose a smaller MODEL_SET`,
      ),
      ...(memory.pressure === "none" ? [] : [`memory pressure is ${memory.pressure}: give it more memory`]),
      ...(Math.abs(skewMs) <= tolerableSkewMs
        ? []
        : [`its clock is ${describeSkew(skewMs)} that of Redis, which it corrects for: ${synchronize}`]),
      ...(worker.version === version ? [] : [`it runs version ${worker.version}, this is ${version}: restart it`]),
    ];
    return advice.length === 0 ? passed(check, found) : failed(check, found, [...new Set(advice)].join("; "));
  });
}
