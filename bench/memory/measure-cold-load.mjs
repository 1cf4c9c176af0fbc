import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { modelSets } from "../models/paths.mjs";
import { startPrecis } from "../process/start-precis.mjs";

const bare = fileURLToPath(new URL("bare-pipeline.mjs", import.meta.url));

function loadBare(folder) {
  const start = performance.now();
  const child = fork(bare, [folder], { env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" } });
  return new Promise((resolve, reject) => {
    let ms;
    child.once("message", () => {
      ms = performance.now() - start;
    });
    child.once("error", reject);
    child.once("exit", () => (ms === undefined ? reject(new Error("the bare pipeline did not load")) : resolve(ms)));
  });
}

/**
 * Cold loads of BART in milliseconds, in turn: of Precis from `POST /memory/load` to its answer (process, hashes of the
 * files and acknowledgement included), and a bare `pipeline()` in a fresh Node process. All files are in the page cache.
 */
export async function measureColdLoad(setName, times) {
  const precis = await startPrecis(modelSets[setName].manifest);
  const ours = [];
  const theirs = [];
  try {
    for (let time = -1; time < times; time += 1) {
      const start = performance.now();
      await precis.load(["bart"]);
      const ms = performance.now() - start;
      await precis.unload();
      const bareMs = await loadBare(modelSets[setName].onnx("bart"));
      // The first of each fills the page cache.
      if (time < 0) continue;
      ours.push(ms);
      theirs.push(bareMs);
    }
    return { ours, theirs };
  } finally {
    await precis.stop();
  }
}
