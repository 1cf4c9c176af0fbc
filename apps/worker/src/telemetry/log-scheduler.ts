import { omitUndefined } from "@precis/contracts";
import type { Logger, RepeatLimit } from "@precis/observability";
import type { ModelScheduler } from "../scheduler/model-scheduler.js";

/** Writes a line for each event of the scheduler that an operator may want to know of. */
export function logScheduler(scheduler: ModelScheduler, log: Logger, repeats: RepeatLimit): void {
  scheduler.on("state", ({ model, state, previous, pid, loadMs, reason }) => {
    const fields = { model, state, previous, model_pid: pid, load_ms: loadMs, reason };
    log.info(omitUndefined(fields), "model state");
  });
  scheduler.on("crash", ({ model, code, reason }) => log.error({ model, code }, reason));
  scheduler.on("responding", ({ model, pid, isResponding }) => {
    const what = isResponding ? "responds again" : "does not respond";
    log.warn({ model, model_pid: pid }, `the ${model} model process ${what}`);
  });
  scheduler.on("note", (model, note) => log.warn({ model, note }, `the ${model} model runs slower than it could`));
  scheduler.on("check-failed", (error) => repeats.failed("memory was not checked", error, "error"));
}
