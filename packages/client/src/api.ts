/** The two models. */
export type ModelName = "bart" | "t5";

/** Where a job is in its life; the last three are its end. */
export type JobStatus = "queued" | "running" | "completed" | "failed" | "cancelled";

/** What is sent to be summarized. Lengths are tokens of the summary. */
export interface SubmitRequest {
  text: string;
  /** Default: `bart`. */
  model?: ModelName;
  max_length?: number;
  min_length?: number;
  /** Instead of the two lengths: what suits the model. */
  length?: "short" | "medium" | "long";
  /** Beams of the search, 1 to 8; 1 is greedy. Default: the model set's. */
  num_beams?: number;
  /** 1 is served first, 10 last; 5 when absent. */
  priority?: number;
  /** How long the model stays loaded after the job: seconds, or a duration such as `10m`; 0 at once, -1 for ever. */
  keep_alive?: string | number;
  /** How long text and summary are kept after the end: seconds, or a duration such as `2h`. */
  ttl?: string | number;
  /** A job that cannot start by then fails with `deadline_exceeded`: ISO 8601, or seconds from now. */
  deadline?: string | number;
  /** Echoed with the job: up to 16 keys. */
  metadata?: Record<string, string>;
  /** Called when the job has ended. */
  webhook?: { url: string; events?: ("completed" | "failed" | "cancelled")[] };
}

export interface JobProgress {
  chunks_done: number;
  chunks_total: number;
  tokens: number;
}

/** A job as the API shows it; the fields of the summary are there once it is completed. */
export interface Job {
  id: string;
  status: JobStatus;
  model: ModelName;
  progress?: JobProgress | undefined;
  timings: {
    created_at: string;
    started_at?: string | undefined;
    finished_at?: string | undefined;
    waited_ms?: number | undefined;
    ran_ms?: number | undefined;
  };
  attempts: number;
  /** 1 is the next to start; only while the job waits. */
  position?: number | undefined;
  metadata?: Record<string, string> | undefined;
  /** Why it failed: a stable code and a sentence. */
  error?: { code: string; message: string } | undefined;
  links: {
    self: string;
    events?: string | undefined;
    cancel?: string | undefined;
    /** Only of a job with a webhook. */
    deliveries?: string | undefined;
  };
  summary?: string | undefined;
  input_tokens?: number | undefined;
  output_tokens?: number | undefined;
  truncated?: false | undefined;
  chunks?: number | undefined;
  notice?: string | undefined;
}

/** A submission that was accepted and has not ended yet. */
export interface JobAccepted {
  id: string;
  status: JobStatus;
  links: Job["links"];
}

export interface JobPage {
  jobs: Job[];
  /** For the next page; absent after the last one. */
  next_cursor?: string | undefined;
}

/** One event of a job's stream; `completed`, `failed` and `cancelled` end it. */
export type JobEvent = { id?: string } & (
  | { event: "queued"; data: { position?: number | undefined } }
  | { event: "started"; data: object }
  | { event: "progress"; data: JobProgress }
  /** The whole summary as far as it is written; each supersedes the one before. */
  | { event: "partial"; data: { text: string } }
  | { event: "completed" | "failed" | "cancelled"; data: Job }
);

export interface BatchItemFault {
  index: number;
  errors: { field: string; message: string }[];
}

export interface BatchAccepted {
  id: string;
  size: number;
  jobs: { index: number; id: string }[];
  /** The items that were refused, by index. */
  errors: BatchItemFault[];
  links: { self: string };
}

export interface Batch {
  id: string;
  /** `running` until every job has ended, then `completed`, or `failed` when not all are. */
  status: "queued" | "running" | "completed" | "failed";
  size: number;
  created_at: string;
  counts: Record<JobStatus | "refused" | "gone", number>;
  jobs: { index: number; id: string; status: JobStatus }[];
  errors: BatchItemFault[];
  links: { self: string };
}

/** The memory of all workers. Sizes are bytes, times Unix milliseconds. */
export interface Memory {
  device: string;
  bart_loaded: boolean;
  t5_loaded: boolean;
  workers: {
    id: string;
    host: string;
    pid: number;
    status: string;
    rss: number;
    models: { model: ModelName; state: string; rss: number; in_flight: number }[];
    memory: { current: number; limit: number; pressure: string };
  }[];
  totals: { workers: number; rss: number; paused_queues?: string[] | undefined };
  as_of: string;
}

export interface MemoryCommand {
  /** Both when absent. */
  models?: ModelName[];
  /** Worker ids; every worker when absent. */
  workers?: string[];
}

export interface WorkersCommand {
  /** Worker ids; every worker when absent. */
  workers?: string[];
}

/** One worker's part of a command's result. Sizes are bytes. */
export interface WorkerResult {
  id: string;
  outcome: "done" | "nothing-loaded" | "busy-timeout" | "failed" | "not-here";
  freed: number;
  rss_before: number;
  rss_after: number;
  ms: number;
  models: {
    model: ModelName;
    outcome: "done" | "nothing-loaded" | "already-loaded" | "busy-timeout" | "failed";
    rss_before: number;
    rss_after: number;
    message?: string | undefined;
  }[];
}

/** The result of a command to the workers. */
export interface CommandResult {
  /** `ok` only when every addressed worker has carried out the command. */
  status: "ok" | "partial" | "no-workers";
  message: string;
  /** Id of the command; the workers log it. */
  command: string;
  workers: WorkerResult[];
  /** Live workers that did not answer in time. */
  no_answer: string[];
  /** Requested ids that no live worker has. */
  unknown_workers: string[];
}

/** @deprecated Use {@link CommandResult}. */
export type FleetAnswer = CommandResult;

/** An error answer (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string | undefined;
  instance?: string | undefined;
  /** Stable and machine-readable, such as `invalid_request` or `queue_full`. */
  code: string;
  /** Every field at fault. */
  errors?: { field: string; message: string }[] | undefined;
}
