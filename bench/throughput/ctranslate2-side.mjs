import { createInterface } from "node:readline";
import { pythonEnv } from "../baseline/start-python.mjs";
import { baselineFolder, modelSets, venvPython } from "../models/paths.mjs";
import { resetPeakRss, treeCpu, treePeakRss } from "../process/process-tree.mjs";
import { startService } from "../process/start-service.mjs";

/** CTranslate2 int8 in one Python process, without a server or a queue. */
export async function startCtranslate2Side({ setName, threads, lengths, model, rows, beams }) {
  const set = modelSets[setName];
  let ready = false;
  const answers = [];
  const service = await startService(venvPython, ["ctranslate2_run.py"], {
    cwd: baselineFolder,
    env: { ...pythonEnv(setName, { threads }), CT2_DIR: set.ct2(model), MODEL_DIR: set.torch(model) },
    stdin: "pipe",
    onSpawn: (child) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (ready) answers.shift()?.(JSON.parse(line));
        else ready = JSON.parse(line).ready === true;
      });
    },
    isReady: () => ready,
  });
  return {
    run: async (texts) => {
      service.child.stdin.write(`${JSON.stringify({ texts, rows, beams, ...lengths })}\n`);
      const { latencies_ms: latencies, ...rest } = await new Promise((resolve) => answers.push(resolve));
      return { ...rest, latencies };
    },
    cpu: () => treeCpu(service.pid),
    resetPeak: () => resetPeakRss(service.pid),
    peak: () => treePeakRss(service.pid),
    stop: service.stop,
  };
}
