import { type MemorySample, storedSampleSchema, type WorkerTelemetry } from "@precis/contracts";

/** What the history keeps of a worker's telemetry, as the `data` of its stream. */
export function encodeSample({ at, id, rss, models, memory }: WorkerTelemetry): string {
  const sample: MemorySample = {
    ...{ at, worker: id, current: memory.current, limit: memory.limit },
    rss: models.reduce((sum, model) => sum + model.rss, rss),
    models: models.map(({ model, state, rss: held }) => ({ model, state, rss: held })),
  };
  return JSON.stringify(storedSampleSchema.encode(sample));
}

/** Reads entries of the history; those that another version wrote are left out. */
export function decodeSamples(entries: readonly [id: string, fields: string[]][]): MemorySample[] {
  return entries.flatMap(([, fields]) => {
    const parsed = storedSampleSchema.safeDecode(JSON.parse(fields[fields.indexOf("data") + 1] ?? "null"));
    return parsed.success ? [parsed.data] : [];
  });
}
