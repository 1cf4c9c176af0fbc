import type { Acknowledgement, ControlCommand, ModelName } from "@precis/contracts";
import type { UnloadMode } from "../scheduler/model-runner.js";
import type { ModelScheduler } from "../scheduler/model-scheduler.js";

type Result = Omit<Acknowledgement, "commandId" | "workerId">;
type ModelResult = Result["models"][number];

/** Commands use the old names of the modes, so that the API and workers of different versions understand each other. */
const unloadModes: Record<"drain" | "now", UnloadMode> = { drain: "graceful", now: "immediate" };

/** The acknowledgement must arrive before the command expires. */
const acknowledgeWithinMs = 200;

export interface CommandTargets {
  scheduler: ModelScheduler;
  /** Returns whether the job runs here. */
  cancel(jobId: string): boolean;
}

/** Executes a command; resolves once it has taken effect. */
export async function executeCommand(command: ControlCommand, { scheduler, cancel }: CommandTargets): Promise<Result> {
  const start = performance.now();
  const before = await scheduler.residentBytes();
  const result = async (outcome: Result["outcome"], models: ModelResult[] = []): Promise<Result> => ({
    outcome,
    models,
    rss_before: before,
    rss_after: await scheduler.residentBytes(),
    ms: performance.now() - start,
  });
  switch (command.type) {
    case "cancel":
      return result(cancel(command.jobId) ? "done" : "not-here");
    case "pause":
      scheduler.pause(command.paused);
      return result("done");
    case "unload": {
      const timeoutMs = command.expiresAt - Date.now() - acknowledgeWithinMs;
      const mode = unloadModes[command.mode];
      const models = await Promise.all(command.models.map((model) => unload(scheduler, model, mode, timeoutMs)));
      if (models.some(({ outcome }) => outcome === "busy-timeout")) return result("busy-timeout", models);
      return result(models.some(({ outcome }) => outcome === "done") ? "done" : "nothing-loaded", models);
    }
    case "load": {
      const models = await Promise.all(command.models.map((model) => load(scheduler, model)));
      return result(models.some(({ outcome }) => outcome === "failed") ? "failed" : "done", models);
    }
  }
}

async function unload(
  scheduler: ModelScheduler,
  model: ModelName,
  mode: UnloadMode,
  timeoutMs: number,
): Promise<ModelResult> {
  const before = await scheduler.residentBytes(model);
  let timer: NodeJS.Timeout | undefined;
  // The unload continues after a timeout: only its acknowledgement is late.
  const timeout = new Promise<"busy-timeout">((resolve) => {
    timer = setTimeout(() => resolve("busy-timeout"), Math.max(0, timeoutMs));
  });
  const outcome = await Promise.race([scheduler.unload(model, mode), timeout]);
  clearTimeout(timer);
  const after = outcome === "done" ? 0 : await scheduler.residentBytes(model);
  return { model, outcome, rss_before: before, rss_after: after };
}

async function load(scheduler: ModelScheduler, model: ModelName): Promise<ModelResult> {
  const before = await scheduler.residentBytes(model);
  try {
    const outcome = await scheduler.load(model);
    return { model, outcome, rss_before: before, rss_after: await scheduler.residentBytes(model) };
  } catch (error) {
    const { message } = error as Error;
    return { model, outcome: "failed", rss_before: before, rss_after: 0, message };
  }
}
