import { setTimeout as sleep } from "node:timers/promises";
import { startPython } from "../baseline/start-python.mjs";
import { treeRss, watchPeakRss } from "../process/process-tree.mjs";

const settleMs = 1_500;

/** Runs one form of the old service through the same steps and records its memory in bytes. */
export async function measurePython(form, setName, { texts, lengths, cycles, onStep }) {
  const service = await startPython(form, setName);
  const steps = {};
  const note = async (name) => {
    await sleep(settleMs);
    steps[name] = await treeRss(service.pid);
    onStep(name, steps[name]);
  };
  const job = (model, index = 0) => service.summarize({ text: texts[index % texts.length], model, ...lengths });
  try {
    await note("idle");
    await job("bart");
    await note("first_bart");
    await job("t5");
    await note("both_loaded");
    const watch = watchPeakRss(service.pid);
    await Promise.all(texts.flatMap((_, index) => [job("bart", index), job("t5", index)]));
    steps.peak = await watch.stop();
    onStep("peak", steps.peak);
    // The eager form cannot unload.
    if (form !== "lazy") return { steps };
    await service.unload();
    await note("after_unload");
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      await job("bart");
      await job("t5");
      await service.unload();
    }
    await note("after_cycles");
    return { steps };
  } finally {
    await service.stop();
  }
}
