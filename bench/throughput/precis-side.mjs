import { startPrecis } from "../process/start-precis.mjs";
import { driveClients } from "./drive-clients.mjs";

/** Precis end to end, over HTTP. Redis counts in CPU time and not in memory. */
export async function startPrecisSide({ manifest, threads, rows, lengths, model }) {
  const precis = await startPrecis(manifest, {
    MODEL_THREADS: String(threads),
    MODEL_CONCURRENCY: String(rows),
    // At least 8, and enough to keep a batch full.
    WORKER_CONCURRENCY: String(Math.max(8, rows)),
  });
  const summarize = (text) => precis.summarize({ text, model, ...lengths });
  return {
    withClients: (clients) => ({
      run: (texts) => driveClients(texts, clients, summarize),
      cpu: async () => (await precis.cpu()) + (await precis.redisCpu()),
      resetPeak: precis.resetPeakRss,
      peak: precis.peakRss,
    }),
    precis,
    stop: precis.stop,
  };
}
