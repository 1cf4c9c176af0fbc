import { z } from "zod";
import { apiKey, host, httpAddress, redisAddress } from "./address-units.js";
import { byteSize, duration, durationOrNever, flag, integer, oneOf, rate, wordList } from "./units.js";
import { durationList, networkList, webhookSecrets } from "./webhook-units.js";

/** One setting: its environment variable, how it is read, what it is when absent, and the line the docs show. */
export interface Setting<Output> {
  env: string;
  schema: z.ZodType<Output, string>;
  /** Text as a user would write it; absent means the setting is off unless given. */
  default?: string;
  doc: string;
  /** Its value is never repeated in a message. */
  secret?: boolean;
  /** Neither is that of an address: its password may stand anywhere in it when it is written wrongly. */
  address?: boolean;
  group:
    | "Where it listens"
    | "Redis"
    | "Models"
    | "Memory"
    | "Work"
    | "Results"
    | "Limits"
    | "Webhooks"
    | "Operation"
    | "Command line";
}

const setting = <Output>(value: Setting<Output>) => value;
const required = <Output>(value: Setting<Output> & { default: string }) => value;

const text = z.string().trim().min(1, { error: "must not be empty" });

/** Every setting there is, by the name the code knows it under. The docs' configuration page is made from this. */
export const settings = {
  port: required({
    env: "PORT",
    schema: integer(0, 65_535),
    default: "8000",
    doc: "Port of the HTTP API; 0 takes a free one.",
    group: "Where it listens",
  }),
  host: required({
    env: "HOST",
    schema: host,
    default: "127.0.0.1",
    doc: "Address the API listens on.",
    group: "Where it listens",
  }),
  httpKeepAliveMs: required({
    env: "HTTP_KEEP_ALIVE",
    schema: duration("1s", "1h"),
    default: "75s",
    doc: "How long the API keeps an idle connection open. Give it more than your load balancer's idle timeout (60 s is usual); otherwise requests are lost in connections that the API has just closed.",
    group: "Where it listens",
  }),
  auth: required({
    env: "AUTH",
    schema: oneOf(["auto", "keys", "none"]),
    default: "auto",
    doc: "Whether API keys are required. `auto`: once one exists, and always off loopback; `keys`: always; `none`: never. See [security](security.md).",
    group: "Where it listens",
  }),
  redisUrl: setting({
    env: "REDIS_URL",
    schema: redisAddress,
    address: true,
    doc: "Redis or Valkey to use: `redis://user:password@host:6379/0` (the database at the end), `rediss://…` for TLS, or `unix:///path?db=0`. Special characters of user name and password are percent-encoded. Without it `npm start` starts a private one.",
    group: "Redis",
  }),
  redisPrefix: required({
    env: "REDIS_PREFIX",
    schema: text.regex(/^[\w.{}-]+$/, { error: "must consist of letters, digits, dot, dash, underscore or braces" }),
    default: "precis",
    doc: "Begins every key, so that several installations can share one Redis.",
    group: "Redis",
  }),
  modelSet: required({
    env: "MODEL_SET",
    schema: text,
    default: "mini",
    doc: "Model set to run: `mini` (bundled), `distilbart` (from a hub), or the path of a manifest.",
    group: "Models",
  }),
  modelCache: setting({
    env: "MODEL_CACHE",
    schema: text,
    doc: "Folder of models pulled from a hub. Default: `~/.cache/precis/models`.",
    group: "Models",
  }),
  modelHub: required({
    env: "MODEL_HUB",
    schema: httpAddress({ credentials: true }),
    address: true,
    default: "https://huggingface.co",
    doc: "Hub, or a mirror of one, from which `npm start` and `precis models pull` download models. Workers never download.",
    group: "Models",
  }),
  device: required({
    env: "DEVICE",
    schema: oneOf(["cpu", "cuda", "auto"]),
    default: "cpu",
    doc: "Where models run. `cuda` refuses to start without it, `auto` falls back to the CPU and says so.",
    group: "Models",
  }),
  preload: required({
    env: "PRELOAD",
    schema: wordList(["bart", "t5"]),
    default: "",
    doc: "Models to load at start (`bart,t5`). Empty: each loads when a job first needs it.",
    group: "Models",
  }),
  modelThreads: setting({
    env: "MODEL_THREADS",
    schema: integer(1, 256),
    doc: "Threads inside one model process. Default: chosen from the cores.",
    group: "Models",
  }),
  modelLoadTimeoutMs: required({
    env: "MODEL_LOAD_TIMEOUT",
    schema: duration("1s", "1h"),
    default: "2m",
    doc: "How long a model process may take until it is ready; then it is killed and the job is tried again.",
    group: "Models",
  }),
  modelHangTimeoutMs: required({
    env: "MODEL_HANG_TIMEOUT",
    schema: duration("2s", "1h"),
    default: "10s",
    doc: "A model process that has work but neither answers nor uses the CPU for this long is killed and its jobs are tried again; one that uses the CPU gets six times as long, and more for long texts.",
    group: "Models",
  }),
  modelIdleTtlMs: required({
    env: "MODEL_IDLE_TTL",
    schema: durationOrNever("0s", "7d"),
    default: "5m",
    doc: "How long an idle model stays loaded; 0 unloads at once, -1 never.",
    group: "Memory",
  }),
  memoryLimitBytes: setting({
    env: "MEMORY_LIMIT",
    schema: byteSize("100MB", "100TB"),
    doc: "Maximum memory of a worker and its models together. Default: the cgroup's limit, else the machine's memory. A worker without a model takes about 100 MB.",
    group: "Memory",
  }),
  workerConcurrency: required({
    env: "WORKER_CONCURRENCY",
    schema: integer(1, 1_000),
    default: "32",
    doc: "Maximum number of jobs one worker runs at a time.",
    group: "Work",
  }),
  fleetConcurrency: setting({
    env: "FLEET_CONCURRENCY",
    schema: integer(1, 100_000),
    doc: "Global concurrency: maximum number of jobs that all workers together run at a time. It is stored in Redis by the worker that starts last, so give all workers the same. Default: no limit.",
    group: "Work",
  }),
  modelConcurrency: required({
    env: "MODEL_CONCURRENCY",
    schema: integer(1, 1_000),
    default: "32",
    doc: "Maximum number of sequences in the batch of one model process. More are faster and need more memory.",
    group: "Work",
  }),
  batchBytes: required({
    env: "BATCH_MEMORY",
    schema: byteSize("1MB", "1TB"),
    default: "256MB",
    doc: "Maximum size of the KV caches of a model process. With the bundled models 12 kB for a token of a text and 24 kB for one of a summary, with bart-large-cnn 100 and 200 kB; a summary counts with its maximum length, and once for each beam. If it is used up before MODEL_CONCURRENCY, batches are smaller.",
    group: "Work",
  }),
  jobAttempts: required({
    env: "JOB_ATTEMPTS",
    schema: integer(1, 100),
    default: "3",
    doc: "Maximum number of attempts for each cause of failure: the process that runs it dies or hangs, the model does not load, anything else.",
    group: "Work",
  }),
  jobLockMs: required({
    env: "JOB_LOCK",
    schema: duration("1s", "1h"),
    default: "30s",
    doc: "A job whose worker has been silent for this long is given to another worker. Locks are renewed twice in this time, so less would cost Redis more than it gains, and jobs of a dead worker wait as long as this.",
    group: "Work",
  }),
  stopGraceMs: required({
    env: "STOP_GRACE",
    schema: duration("0s", "1h"),
    default: "10s",
    doc: "How long a worker that shuts down lets running jobs finish before it requeues them. 0s requeues them at once.",
    group: "Work",
  }),
  workers: required({
    env: "WORKERS",
    schema: integer(0, 64),
    default: "1",
    doc: "Workers that `npm start` starts.",
    group: "Work",
  }),
  defaultWaitMs: required({
    env: "DEFAULT_WAIT",
    schema: duration("0s", "1h"),
    default: "0s",
    doc: "How long a submission without a `Prefer` header waits for its summary; `30s` suits old synchronous callers.",
    group: "Results",
  }),
  maxWaitMs: required({
    env: "MAX_WAIT",
    schema: duration("0s", "1h"),
    default: "60s",
    doc: "Maximum wait that a caller can request with `Prefer: wait=N`. Proxies and clients close connections that are silent for longer.",
    group: "Results",
  }),
  resultTtlMs: required({
    env: "RESULT_TTL",
    schema: duration("1s", "365d"),
    default: "24h",
    doc: "How long text and summary stay in Redis after a job has ended.",
    group: "Results",
  }),
  textTtlMs: required({
    env: "TEXT_TTL",
    schema: duration("1s", "365d"),
    default: "7d",
    doc: "How long the text of a job that has not ended stays in Redis; renewed when the job starts.",
    group: "Results",
  }),
  textMaxBytes: required({
    env: "TEXT_MAX_BYTES",
    schema: byteSize("1B", "64MB"),
    default: "2MB",
    doc: "Maximum size of a text. A request with escapes may be six times as large, and is kept in memory.",
    group: "Results",
  }),
  rateLimit: setting({
    env: "RATE_LIMIT",
    schema: rate,
    doc: "Maximum rate of requests per API key, or per address while no key is required, such as `600/m` or `10/s`. Default: no limit.",
    group: "Limits",
  }),
  maxQueueDepth: required({
    env: "MAX_QUEUE_DEPTH",
    schema: integer(1, 1_000_000_000),
    default: "100000",
    doc: "Maximum number of unfinished jobs; further submissions get 503 `queue_full` with `Retry-After`.",
    group: "Limits",
  }),
  redisMemoryMark: setting({
    env: "REDIS_MEMORY_MARK",
    schema: byteSize("1MB", "100TB"),
    doc: "Memory of Redis at which submissions get 503 `queue_full`. Default: 90 % of Redis's `maxmemory`, if it has one.",
    group: "Limits",
  }),
  webhookSecrets: setting({
    env: "WEBHOOK_SECRET",
    schema: webhookSecrets,
    secret: true,
    doc: "Secret that signs webhooks (`whsec_…`); several, comma-separated, each add a signature. Default: made once and kept in Redis; `precis webhooks secret` shows it.",
    group: "Webhooks",
  }),
  webhookAllowNetworks: required({
    env: "WEBHOOK_ALLOW_NETWORKS",
    schema: networkList,
    default: "",
    doc: "Networks (`10.2.0.0/16,fd00::/8`) webhooks may go to although they are not public; only these may be called over plain http.",
    group: "Webhooks",
  }),
  webhookScheduleMs: required({
    env: "WEBHOOK_SCHEDULE",
    schema: durationList,
    default: "0s,5s,1m,5m,30m,2h,6h,12h",
    doc: "Delays before each attempt to deliver a webhook; a retry comes after a random part of its delay, the last one at the end of them all.",
    group: "Webhooks",
  }),
  webhookTimeoutMs: required({
    env: "WEBHOOK_TIMEOUT",
    schema: duration("100ms", "10m"),
    default: "10s",
    doc: "How long an attempt to deliver a webhook may take, including the connection. A worker that shuts down waits this long for deliveries in progress.",
    group: "Webhooks",
  }),
  webhookConcurrency: required({
    env: "WEBHOOK_CONCURRENCY",
    schema: integer(0, 1_000),
    default: "16",
    doc: "Maximum number of webhooks one worker delivers at a time; 0 leaves them to other workers.",
    group: "Webhooks",
  }),
  webhookPauseFailures: required({
    env: "WEBHOOK_PAUSE_FAILURES",
    schema: integer(1, 1_000_000),
    default: "20",
    doc: "An endpoint with this many failures in a row, over at least `WEBHOOK_PAUSE_AFTER`, is paused.",
    group: "Webhooks",
  }),
  webhookPauseAfterMs: required({
    env: "WEBHOOK_PAUSE_AFTER",
    schema: duration("0s", "30d"),
    default: "1h",
    doc: "How long an endpoint must have been failing before it is paused.",
    group: "Webhooks",
  }),
  webhookProbeEveryMs: required({
    env: "WEBHOOK_PROBE_EVERY",
    schema: duration("1s", "7d"),
    default: "5m",
    doc: "How often one delivery is tried on a paused endpoint; success resumes it. More often would be no pause.",
    group: "Webhooks",
  }),
  home: required({
    env: "PRECIS_HOME",
    schema: text,
    default: ".precis",
    doc: "Folder for the private Redis and other state.",
    group: "Operation",
  }),
  reload: required({
    env: "RELOAD",
    schema: flag,
    default: "false",
    doc: "For development: rebuild and restart when the code changes.",
    group: "Operation",
  }),
  traces: required({
    env: "TRACES",
    schema: oneOf(["auto", "otlp", "off"]),
    default: "auto",
    doc: "OpenTelemetry traces: `otlp` sends them, `off` does not, `auto` does when `OTEL_EXPORTER_OTLP_ENDPOINT` is set.",
    group: "Operation",
  }),
  tracesEndpoint: setting({
    env: "OTEL_EXPORTER_OTLP_ENDPOINT",
    schema: httpAddress({ credentials: true }),
    address: true,
    doc: "Where traces go (OTLP over HTTP). OpenTelemetry's other variables (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, …) count too.",
    group: "Operation",
  }),
  tracesOnlyEndpoint: setting({
    env: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    schema: httpAddress({ credentials: true, query: true }),
    address: true,
    doc: "The same for traces alone, used unchanged: no path is appended. It takes precedence over `OTEL_EXPORTER_OTLP_ENDPOINT`.",
    group: "Operation",
  }),
  logLevel: required({
    env: "LOG_LEVEL",
    schema: oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    default: "info",
    doc: "Minimum level of log lines that are written.",
    group: "Operation",
  }),
  apiUrl: setting({
    env: "PRECIS_URL",
    schema: httpAddress({ credentials: "give the API key as PRECIS_KEY" }),
    address: true,
    doc: "Where `precis summarize` and the other commands that call the API find it. Default: `PORT` on this machine.",
    group: "Command line",
  }),
  apiKey: setting({
    env: "PRECIS_KEY",
    schema: apiKey,
    secret: true,
    doc: "API key these commands send.",
    group: "Command line",
  }),
} as const;
