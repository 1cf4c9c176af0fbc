import { setTimeout as sleep } from "node:timers/promises";
import { modelSets } from "../models/paths.mjs";
import { watchPeakRss } from "../process/process-tree.mjs";
import { startPrecis } from "../process/start-precis.mjs";

/** Time until a process that has just been used is quiet. */
const settleMs = 1_500;
/** V8 frees the garbage of starting up after about eight quiet seconds. */
const idleAfterMs = 12_000;
/** The target: memory is free this long after an unload was acknowledged. */
const backWithinMs = 1_000;

/**
 * Runs one worker through loads, jobs and unloads and records its memory. `steps` are bytes of API, supervisor and model
 * processes together, `worker` those of supervisor and model processes.
 */
export async function measurePrecis(setName, { texts, lengths, cycles, onStep }) {
  const precis = await startPrecis(modelSets[setName].manifest);
  const steps = {};
  const worker = {};
  const note = async (name) => {
    [steps[name], worker[name]] = await Promise.all([precis.rss(), precis.workerRss()]);
    onStep(name, steps[name]);
  };
  const job = (model, index = 0) => precis.summarize({ text: texts[index % texts.length], model, ...lengths });
  const unload = async () => {
    const { answer } = await precis.unload();
    if (answer.status !== "ok") throw new Error(`the unload failed: ${JSON.stringify(answer)}`);
    await sleep(backWithinMs);
  };
  try {
    await sleep(idleAfterMs);
    await note("idle");
    await job("bart");
    await sleep(settleMs);
    await note("first_bart");
    await job("t5");
    await sleep(settleMs);
    await note("both_loaded");

    const watches = [precis.api, precis.worker].map((pid) => watchPeakRss(pid));
    await Promise.all(texts.flatMap((_, index) => [job("bart", index), job("t5", index)]));
    const peaks = await Promise.all(watches.map(({ stop }) => stop()));
    steps.peak = peaks.reduce((total, peak) => total + peak, 0);
    onStep("peak", steps.peak);

    await unload();
    await note("after_unload");
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      await precis.load(["bart", "t5"]);
      await unload();
      if (cycle === 1) await note("after_first_cycle");
    }
    await note("after_cycles");
    return { steps, worker };
  } finally {
    await precis.stop();
  }
}
