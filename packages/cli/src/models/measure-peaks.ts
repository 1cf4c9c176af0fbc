import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, type PrecisClient } from "@precis/client";
import { loadConfig } from "@precis/config";
import { type ModelName, memorySchema, modelNames } from "@precis/contracts";
import { launch } from "@precis/launcher";
import { loadModelSet } from "@precis/models";

const sample = new URL("../../../../models/samples/article.txt", import.meta.url);

/** The summaries are as long as the model can write, short of the tokens that begin and end them. */
const reservedTokens = 8;

/**
 * Peak resident memory of each model's process, in bytes, while it generates `rows` summaries together that are as long as
 * the model can write, of texts that fill its context. Starts Precis with a private Redis and one worker for it, so that
 * the process is the one a worker runs.
 */
export async function measurePeaks(
  env: NodeJS.ProcessEnv,
  { set, rows }: { set: string; rows: number },
): Promise<Record<ModelName, number>> {
  const { models } = await loadModelSet(set);
  const home = await mkdtemp(join(tmpdir(), "precis-measure-"));
  const measureEnv = {
    ...env,
    ...{
      HOST: "127.0.0.1",
      PORT: "0",
      REDIS_URL: "",
      PRECIS_HOME: home,
      AUTH: "none",
      RATE_LIMIT: "",
      LOG_LEVEL: "error",
    },
    ...{ MODEL_SET: set, DEVICE: "cpu", MODEL_THREADS: "1", MODEL_IDLE_TTL: "-1", PRELOAD: "", FLEET_CONCURRENCY: "" },
    ...{ WORKERS: "1", WORKER_CONCURRENCY: String(rows), MODEL_CONCURRENCY: String(rows) },
    // Whatever the manifest says so far, and however full the machine is, the worker has to load the model.
    MEMORY_LIMIT: "1TB",
  };
  try {
    const config = loadConfig(measureEnv);
    const precis = await launch({ config, env: measureEnv, output: "inherit", onProgress: () => {} });
    try {
      const client = createClient({ url: precis.url });
      const peaks: Partial<Record<ModelName, number>> = {};
      for (const model of modelNames) {
        peaks[model] = await measurePeak(client, model, models[model].max_output_tokens - reservedTokens, rows);
      }
      return peaks as Record<ModelName, number>;
    } finally {
      await precis.stop();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function measurePeak(client: PrecisClient, model: ModelName, length: number, rows: number): Promise<number> {
  const article = await readFile(sample, "utf8");
  // Each of its own, and so long that every row has more chunks to come.
  const texts = Array.from({ length: rows }, (_, index) => `Part ${index}. ${article}`.repeat(3));
  const lengths = { max_length: length, min_length: length - reservedTokens };
  await Promise.all(texts.map((text) => client.summarize({ text, model, ...lengths })));
  return peakFrom(client, model, Date.now());
}

/** From the first telemetry that the worker has sent after a point in time. */
async function peakFrom(client: PrecisClient, model: ModelName, since: number): Promise<number> {
  for (;;) {
    const { workers } = memorySchema.parse(await client.memory());
    const measured = workers.find(({ at }) => at > since)?.models.find((found) => found.model === model);
    if (measured !== undefined) return measured.peak_rss;
    await sleep(100);
  }
}
