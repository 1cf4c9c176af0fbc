import { agreement } from "./summarize-row.mjs";

const rounded = (value) => (value === undefined || Number.isNaN(value) ? undefined : Number(value.toFixed(3)));

/** The ratios that have targets, from one set's rows. A key is left out when a row is missing. */
export function compareRows(rows, measured) {
  const ratio = (one, other, field) =>
    rows[one] && rows[other] ? rounded(rows[one][field] / rows[other][field]) : undefined;
  return {
    // The same texts: the loop in batches of eight, Precis over HTTP and the queue in batches of up to eight.
    end_to_end_vs_bare: ratio("precis64", "bare8", "perSecond"),
    end_to_end_vs_bare_one_client: ratio("precis1", "bare1", "perSecond"),
    // MODEL_CONCURRENCY 32 and 1, with the same jobs waiting.
    batching_speedup: ratio("waiting", "unbatched", "perSecond"),
    beam4_vs_greedy_time: ratio("precis8", "precisBeams", "perSecond"),
    queue_cpu_ms_per_job: rounded(measured.queueCpuMs),
    // CPU seconds per summary of the other side / of Precis: above 1, Precis takes less.
    vs_torch_greedy_cpu: ratio("torch8", "precis8", "cpuPerSummary"),
    vs_torch_greedy_one_client_cpu: ratio("torch1", "precis1", "cpuPerSummary"),
    vs_torch_beam4_cpu: ratio("torchBeams", "precisBeams", "cpuPerSummary"),
    vs_celery_cpu: ratio("celery", "precis8", "cpuPerSummary"),
    vs_ctranslate2_cpu: ratio("ct2", "precis8", "cpuPerSummary"),
    vs_ctranslate2_beam4_cpu: ratio("ct2Beams", "precisBeams", "cpuPerSummary"),
    vs_bare_cpu: ratio("bare8", "precis64", "cpuPerSummary"),
    same_text_as_bare: agreement(measured.precis1, measured.bare1),
    same_text_as_torch: agreement(measured.precis8, measured.torch8),
    same_text_as_torch_beam4: agreement(measured.precisBeams, measured.torchBeams),
    same_text_batched_as_alone: agreement(measured.precis64, measured.precis1),
  };
}
