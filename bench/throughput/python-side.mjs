import { startPython } from "../baseline/start-python.mjs";
import { resetPeakRss, treeCpu, treePeakRss } from "../process/process-tree.mjs";
import { driveClients } from "./drive-clients.mjs";

/** The old service over HTTP, in its lazy form (once loaded, both forms run the same code). */
export async function startPythonSide({ setName, beams, threads, lengths, model }) {
  const service = await startPython("lazy", setName, { beams, threads });
  return {
    withClients: (clients) => ({
      run: (texts) => driveClients(texts, clients, (text) => service.summarize({ text, model, ...lengths })),
      cpu: () => treeCpu(service.pid),
      resetPeak: () => resetPeakRss(service.pid),
      peak: () => treePeakRss(service.pid),
    }),
    stop: service.stop,
  };
}
