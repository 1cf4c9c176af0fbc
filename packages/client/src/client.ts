import type {
  Batch,
  BatchAccepted,
  CommandResult,
  Job,
  JobAccepted,
  JobEvent,
  JobPage,
  JobStatus,
  Memory,
  MemoryCommand,
  ModelName,
  SubmitRequest,
  WorkersCommand,
} from "./api.js";
import { checkInteger, checkKey, checkNumber, checkUrl, maxMs, maxSeconds } from "./check-options.js";
import { PrecisJobError } from "./errors.js";
import { type FollowOptions, followJob } from "./follow-job.js";
import { isTerminal } from "./is-terminal.js";
import { type Connection, type RequestOptions, request } from "./request.js";
import { type CommandOptions, runCommand } from "./run-command.js";

export interface ClientOptions {
  /** Where the API answers. Default `http://127.0.0.1:8000`. */
  url?: string;
  /** API key, when keys are demanded. */
  key?: string;
  /** Attempts after the first one, for answers 429 and 503 and when none comes: 0 to 1000. Default 4. */
  retries?: number;
  /** Longest pause before an attempt in ms, whatever `Retry-After` says: 0 to a day. Default one minute. */
  mostDelayMs?: number;
  /** How long an answer may take in ms, the wait that was asked for not included: 1 to a day. Default 30 s. */
  timeoutMs?: number;
  fetch?: typeof globalThis.fetch;
}

export interface SubmitOptions {
  /** Seconds to wait for the end before the job is returned in its current state: 0 to 86400. Default 0. */
  wait?: number;
  /** The same key and request lead to the same job. Default: a new one for each call. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface WaitOptions {
  signal?: AbortSignal;
  /** Seconds of one long poll: how often `onUpdate` is called while the job has not ended. Default 30. */
  pollSeconds?: number;
  /** Called after each long poll while the job has not ended. */
  onUpdate?: (job: Job) => void;
}

export interface ListOptions {
  status?: JobStatus;
  model?: ModelName;
  /** ISO 8601. */
  createdAfter?: string;
  cursor?: string;
  limit?: number;
  signal?: AbortSignal;
}

/** Everything the API does. Every method throws {@link PrecisApiError} or {@link PrecisConnectionError}. */
export interface PrecisClient {
  /** Hands over a text. Resolves when it is accepted, or, with `wait`, when the job has ended within it. */
  submit(text: string | SubmitRequest, options?: SubmitOptions): Promise<JobAccepted | Job>;
  /** Submits and waits for the end, however long it takes. @throws {PrecisJobError} when there is no summary in the end */
  summarize(text: string | SubmitRequest, options?: Omit<SubmitOptions, "wait"> & WaitOptions): Promise<Job>;
  /** A job in its current state. */
  read(id: string, options?: { signal?: AbortSignal }): Promise<Job>;
  /** Resolves with the job once it has ended, whichever way, by long polling. */
  wait(id: string, options?: WaitOptions): Promise<Job>;
  /** The job's events until its end; reconnects and goes on where it was. */
  stream(id: string, options?: FollowOptions): AsyncGenerator<JobEvent>;
  cancel(id: string): Promise<Job>;
  retry(id: string): Promise<JobAccepted>;
  /** Removes text and result. */
  remove(id: string): Promise<void>;
  /** Jobs, newest first, a page at a time. */
  list(options?: ListOptions): Promise<JobPage>;
  /** Up to 1,000 texts, each its own job; faulty ones are named by index and do not stop the others. */
  batch(items: readonly SubmitRequest[], options?: Omit<SubmitOptions, "wait">): Promise<BatchAccepted>;
  readBatch(id: string): Promise<Batch>;
  memory(): Promise<Memory>;
  /** Unloads models; resolves once their processes have exited. `graceful` (default) lets running jobs finish first. */
  unload(
    command?: MemoryCommand & { mode?: "graceful" | "immediate" | "drain" | "now" },
    options?: CommandOptions,
  ): Promise<CommandResult>;
  /** Loads models before they are needed. */
  load(command?: MemoryCommand, options?: CommandOptions): Promise<CommandResult>;
  /** Workers stop claiming jobs; running jobs continue. */
  pause(command?: WorkersCommand, options?: CommandOptions): Promise<CommandResult>;
  /** Workers that an operator paused or drained claim jobs again. */
  resume(command?: WorkersCommand, options?: CommandOptions): Promise<CommandResult>;
  /** Workers stop claiming jobs, finish the running ones and unload every model. */
  drain(command?: WorkersCommand, options?: CommandOptions): Promise<CommandResult>;
}

const defaultPollSeconds = 30;
const jobPath = (id: string) => `/api/v1/jobs/${encodeURIComponent(id)}`;

/** 128 random bits; `randomUUID` exists on secure pages only. */
const newIdempotencyKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * @throws {RangeError | TypeError} naming an option that is out of bounds
 *
 * @example
 * const precis = createClient({ key: "precis_…" });
 * const { summary } = await precis.summarize({ text, model: "t5" });
 */
export function createClient(options: ClientOptions = {}): PrecisClient {
  const connection: Connection = {
    url: checkUrl(options.url ?? "http://127.0.0.1:8000"),
    headers: options.key === undefined ? {} : { authorization: `Bearer ${checkKey(options.key)}` },
    fetch: options.fetch ?? globalThis.fetch,
    retries: checkInteger("retries", options.retries ?? 4, 0, 1_000),
    mostDelayMs: checkNumber("mostDelayMs", options.mostDelayMs ?? 60_000, 0, maxMs),
    timeoutMs: checkNumber("timeoutMs", options.timeoutMs ?? 30_000, 1, maxMs),
  };
  const ask = async <Answer>(path: string, details?: RequestOptions): Promise<Answer> =>
    (await (await request(connection, path, details)).json()) as Answer;

  const submit: PrecisClient["submit"] = async (
    text,
    { wait = 0, idempotencyKey = newIdempotencyKey(), signal } = {},
  ) =>
    ask("/api/v1/summarize", {
      method: "POST",
      headers: { "idempotency-key": idempotencyKey },
      body: typeof text === "string" ? { text } : text,
      wait: checkNumber("wait", wait, 0, maxSeconds),
      signal,
    });

  const wait: PrecisClient["wait"] = async (id, { signal, onUpdate, pollSeconds = defaultPollSeconds } = {}) => {
    while (true) {
      const job = await ask<Job>(jobPath(id), { wait: pollSeconds, signal });
      if (isTerminal(job.status)) return job;
      onUpdate?.(job);
    }
  };

  return {
    submit,
    wait,
    summarize: async (text, details = {}) => {
      const first = await submit(text, { ...details, wait: defaultPollSeconds });
      const job = isTerminal(first.status) ? (first as Job) : await wait(first.id, details);
      if (job.status !== "completed") throw new PrecisJobError(job);
      return job;
    },
    read: (id, { signal } = {}) => ask(jobPath(id), { signal }),
    stream: (id, details) => followJob(connection, id, details),
    cancel: (id) => ask(`${jobPath(id)}/cancel`, { method: "POST" }),
    retry: (id) => ask(`${jobPath(id)}/retry`, { method: "POST" }),
    remove: async (id) => {
      await request(connection, jobPath(id), { method: "DELETE" });
    },
    list: ({ status, model, createdAfter, cursor, limit, signal } = {}) => {
      const query = new URLSearchParams();
      const fields = { status, model, created_after: createdAfter, cursor, limit };
      for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
      return ask(`/api/v1/jobs${query.size > 0 ? `?${query}` : ""}`, { signal });
    },
    batch: (items, { idempotencyKey = newIdempotencyKey(), signal } = {}) =>
      ask("/api/v1/batches", {
        method: "POST",
        headers: { "idempotency-key": idempotencyKey },
        body: { items },
        signal,
      }),
    readBatch: (id) => ask(`/api/v1/batches/${encodeURIComponent(id)}`),
    memory: () => ask("/memory"),
    unload: (command = {}, details) => runCommand(connection, "/memory/unload", command, details),
    load: (command = {}, details) => runCommand(connection, "/memory/load", command, details),
    pause: (command = {}, details) => runCommand(connection, "/workers/pause", command, details),
    resume: (command = {}, details) => runCommand(connection, "/workers/resume", command, details),
    drain: (command = {}, details) => runCommand(connection, "/workers/drain", command, details),
  };
}
