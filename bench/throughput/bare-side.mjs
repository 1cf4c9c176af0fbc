import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endProcess } from "../process/end-process.mjs";
import { resetPeakRss, treeCpu, treePeakRss } from "../process/process-tree.mjs";

const entry = fileURLToPath(new URL("bare-loop.mjs", import.meta.url));

/** The transformers.js loop in a process of its own, with the same weights, threads and lengths. */
export async function startBareSide({ folder, threads, prefix, lengths }) {
  const child = fork(entry, [JSON.stringify({ folder, threads, prefix })], {
    env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" },
  });
  await once(child, "message");
  const run = async (texts, rows) => {
    child.send({ texts, rows, lengths });
    const [answer] = await once(child, "message");
    return answer;
  };
  return {
    withRows: (rows) => ({
      run: (texts) => run(texts, rows),
      cpu: () => treeCpu(child.pid),
      resetPeak: () => resetPeakRss(child.pid),
      peak: () => treePeakRss(child.pid),
    }),
    stop: () => endProcess(child),
  };
}
