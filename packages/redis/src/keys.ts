/** Every key Precis itself writes (BullMQ's are `<prefix>:<queue>:…`). */
export interface Keys {
  /** BullMQ's prefix. */
  readonly prefix: string;
  /** String: the text of a job. Written by the API with the job; expires `TEXT_TTL` later, `RESULT_TTL` once ended. */
  text(jobId: string): string;
  /** String (JSON `JobResult`): written by the worker before the job completes; expires after the job's result TTL. */
  result(jobId: string): string;
  /** Pub/sub channel of one job (JSON `JobMessage`): the worker publishes to it only while somebody is subscribed. */
  jobChannel(jobId: string): string;
  /** String (empty): the job is to be cancelled. Written by the API; expires `TEXT_TTL` later. */
  cancelled(jobId: string): string;
  /**
   * Sorted set of all job ids with score 0, so by id, which is by age. Written by the API with the job; an entry goes with
   * its job.
   */
  readonly jobs: string;
  /** Sorted set of job ids by when to look whether the job has expired (Unix ms). Written by the API with the job. */
  readonly expiries: string;
  /** Sorted set of job ids by the time they must have started (Unix ms). Written by the API with the job. */
  readonly deadlines: string;
  /** String: what an Idempotency-Key led to. Written by the API; expires after 24 h. */
  idempotency(name: string): string;
  /** Hash: a batch's jobs by their index, and what was refused. Written by the API; expires after its last job could. */
  batch(batchId: string): string;
  /** Hash (`at`, `data`: JSON `WorkerTelemetry`): written by the worker every 2 s and at changes; expires after 8 s. */
  worker(workerId: string): string;
  /** Sorted set of worker ids by time last heard from (Unix ms): written by workers; entries past 10 min are trimmed. */
  readonly workers: string;
  /** Stream (`data`: JSON list, `storedSampleSchema`): memory samples of about one hour. Written by workers, capped by time. */
  readonly history: string;
  /** Stream (`data`: JSON `MemoryEvent`): memory events of about one hour. Written by workers, capped by time. */
  readonly memoryEvents: string;
  /** Hash (`counter|label…` → whole number): what the fleet has counted so far. Workers add to it; never expires. */
  readonly totals: string;
  /** Pub/sub channel: control commands, API to workers. */
  readonly commands: string;
  /** List of acknowledgements to one command, written by workers, read by the API that sent it; expires after 2 min. */
  acknowledgements(commandId: string): string;
  /** Hash (key prefix → JSON `KeyRecord`): API keys, hashed. Written by `precis keys`; never expires. */
  readonly apiKeys: string;
  /** String (key prefix): a browser session by the hash of its cookie. Written by the API; expires after 12 h. */
  session(hash: string): string;
  /** Begins strings (requests counted), one per key or address. Written by the API; each expires with its window. */
  readonly rateLimits: string;
  /**
   * List (JSON `DeliveryAttempt`): the last attempts to deliver a job's webhook. Written by the worker that delivers;
   * expires `RESULT_TTL` after the last attempt.
   */
  deliveries(jobId: string): string;
  /**
   * String (JSON `WebhookBody`, so with the summary): written by the worker when an attempt failed; deleted on delivery,
   * expires an hour after the last attempt that was planned.
   */
  webhookBody(jobId: string): string;
  /** Hash (`failures`, `since`, `probeAt`): an endpoint that fails. Written by workers, deleted on success; expires after 48 h. */
  webhookEndpoint(hash: string): string;
  /** String (JSON list of secrets): made by the first reader when `WEBHOOK_SECRET` is not set; never expires. */
  readonly webhookSecrets: string;
}

/**
 * Builds the keys under one prefix.
 *
 * @param database Keys are separate in each database, but channels are not: they need it in their names.
 */
export function redisKeys(prefix: string, database = 0): Keys {
  const scope = database === 0 ? "" : `:db${database}`;
  return {
    prefix,
    text: (jobId) => `${prefix}:text:${jobId}`,
    result: (jobId) => `${prefix}:result:${jobId}`,
    jobChannel: (jobId) => `${prefix}:job-channel${scope}:${jobId}`,
    cancelled: (jobId) => `${prefix}:cancelled:${jobId}`,
    jobs: `${prefix}:jobs`,
    expiries: `${prefix}:expiries`,
    deadlines: `${prefix}:deadlines`,
    idempotency: (name) => `${prefix}:idempotency:${name}`,
    batch: (batchId) => `${prefix}:batch:${batchId}`,
    worker: (workerId) => `${prefix}:worker:${workerId}`,
    workers: `${prefix}:workers`,
    history: `${prefix}:history`,
    memoryEvents: `${prefix}:memory-events`,
    totals: `${prefix}:totals`,
    commands: `${prefix}:commands${scope}`,
    acknowledgements: (commandId) => `${prefix}:acknowledgements:${commandId}`,
    apiKeys: `${prefix}:api-keys`,
    session: (hash) => `${prefix}:session:${hash}`,
    rateLimits: `${prefix}:rate`,
    deliveries: (jobId) => `${prefix}:deliveries:${jobId}`,
    webhookBody: (jobId) => `${prefix}:webhook-body:${jobId}`,
    webhookEndpoint: (hash) => `${prefix}:webhook-endpoint:${hash}`,
    webhookSecrets: `${prefix}:webhook-secrets`,
  };
}
