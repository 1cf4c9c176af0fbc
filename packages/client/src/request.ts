import type { Problem } from "./api.js";
import { PrecisApiError, PrecisConnectionError } from "./errors.js";
import { pause, retryDelay } from "./retry-delay.js";

export interface Connection {
  url: string;
  headers: Record<string, string>;
  fetch: typeof globalThis.fetch;
  /** Attempts after the first one. */
  retries: number;
  /** Longest pause before an attempt, in ms, whatever `Retry-After` says. */
  mostDelayMs: number;
  /** How long an answer may take, in ms, the wait that was asked for not included. */
  timeoutMs: number;
}

export interface RequestOptions {
  method?: "GET" | "POST" | "DELETE";
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Seconds the server may hold its answer; when absent, the server's default counts. */
  wait?: number;
  /** The body of the answer is read by the caller, for as long as it takes. */
  stream?: boolean;
}

/** Answers that say nothing was done and it may be tried again. */
const retriable = [429, 503];

/**
 * Sends one request, again when the answer was 429 or 503 (after its `Retry-After`) or none came. Every submission carries
 * an `Idempotency-Key`, so one whose answer was lost is not done twice.
 *
 * @throws {PrecisApiError} for any other answer that is not a success
 * @throws {PrecisConnectionError} when no answer came
 */
export async function request(connection: Connection, path: string, options: RequestOptions = {}): Promise<Response> {
  for (let attempt = 0; ; attempt += 1) {
    const last = attempt >= connection.retries;
    let retryAfter: string | null = null;
    try {
      const response = await send(connection, path, options);
      if (response.ok || response.status === 304) return response;
      retryAfter = response.headers.get("retry-after");
      const problem = await readProblem(response);
      if (last || !retriable.includes(response.status)) throw new PrecisApiError(problem);
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      if (last || error instanceof PrecisApiError) throw error;
    }
    await pause(retryDelay(attempt, retryAfter, connection.mostDelayMs), options.signal);
  }
}

async function send(connection: Connection, path: string, options: RequestOptions): Promise<Response> {
  const { body, wait, signal } = options;
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${connection.timeoutMs / 1_000} s`)),
    connection.timeoutMs + (wait ?? 0) * 1_000,
  );
  try {
    return await connection.fetch.call(globalThis, connection.url + path, {
      method: options.method ?? "GET",
      headers: {
        accept: options.stream ? "text/event-stream" : "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(wait === undefined ? {} : { prefer: `wait=${Math.ceil(wait)}` }),
        ...connection.headers,
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
    });
  } catch (error) {
    const reason = late.signal.aborted ? late.signal.reason : error;
    const { message, cause } = reason as { message: string; cause?: { message?: string; code?: string } };
    throw new PrecisConnectionError(`no answer from ${connection.url}: ${cause?.message || cause?.code || message}`, {
      cause: reason,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function readProblem(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => "");
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    if (typeof problem.code === "string" && typeof problem.title === "string") return problem as Problem;
  } catch {
    // Something between the client and Precis answered in its own words.
  }
  return {
    type: "about:blank",
    title: `HTTP ${response.status} ${response.statusText}`.trim(),
    status: response.status,
    code: "unknown",
  };
}
