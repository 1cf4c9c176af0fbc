import type { Acknowledgement, ControlCommand, ModelName } from "@precis/contracts";
import { readProcessMemory } from "../memory/read-process-memory.js";
import type { ModelSlot } from "../scheduler/model-runner.js";

type Answer = Omit<Acknowledgement, "commandId" | "workerId">;
type ModelAnswer = Answer["models"][number];

export interface Obeying {
  slots: Readonly<Record<ModelName, ModelSlot>>;
  cancel(jobId: string): boolean;
  pause(paused: boolean): void;
}

/** Carries a command out and tells what came of it, once it has happened. */
export async function obeyCommand(command: ControlCommand, { slots, cancel, pause }: Obeying): Promise<Answer> {
  const start = performance.now();
  const before = await totalRss(slots);
  const answer = async (outcome: Answer["outcome"], models: ModelAnswer[] = []): Promise<Answer> => ({
    outcome,
    models,
    rss_before: before,
    rss_after: await totalRss(slots),
    ms: performance.now() - start,
  });
  switch (command.type) {
    case "cancel":
      return answer(cancel(command.jobId) ? "done" : "not-here");
    case "pause":
      pause(command.paused);
      return answer("done");
    case "unload": {
      const deadline = command.expiresAt - Date.now() - 200;
      const models = await Promise.all(command.models.map((model) => unload(slots[model], command.mode, deadline)));
      if (models.some(({ outcome }) => outcome === "busy-timeout")) return answer("busy-timeout", models);
      return answer(models.some(({ outcome }) => outcome === "done") ? "done" : "nothing-loaded", models);
    }
    case "load": {
      const models = await Promise.all(command.models.map((model) => load(slots[model])));
      return answer(models.some(({ outcome }) => outcome === "failed") ? "failed" : "done", models);
    }
  }
}

async function unload(slot: ModelSlot, mode: "drain" | "now", timeoutMs: number): Promise<ModelAnswer> {
  const before = await rssOf(slot);
  let timer: NodeJS.Timeout | undefined;
  // The unload goes on after a time-out: what is late is the acknowledgement, not the barrier.
  const timeout = new Promise<"busy-timeout">((resolve) => {
    timer = setTimeout(() => resolve("busy-timeout"), Math.max(0, timeoutMs));
  });
  const outcome = await Promise.race([slot.unload(mode), timeout]);
  clearTimeout(timer);
  return { model: slot.model, outcome, rss_before: before, rss_after: outcome === "done" ? 0 : await rssOf(slot) };
}

async function load(slot: ModelSlot): Promise<ModelAnswer> {
  const before = await rssOf(slot);
  try {
    const outcome = await slot.warm();
    return { model: slot.model, outcome, rss_before: before, rss_after: await rssOf(slot) };
  } catch (error) {
    return {
      model: slot.model,
      outcome: "failed",
      rss_before: before,
      rss_after: 0,
      message: (error as Error).message,
    };
  }
}

async function rssOf(slot: ModelSlot): Promise<number> {
  return slot.pid === undefined ? 0 : (await readProcessMemory(slot.pid)).rss;
}

async function totalRss(slots: Readonly<Record<ModelName, ModelSlot>>): Promise<number> {
  const models = await Promise.all(Object.values(slots).map(rssOf));
  return models.reduce((sum, rss) => sum + rss, (await readProcessMemory(process.pid)).rss);
}
