import type { CommandResult, WorkerResult } from "./api.js";
import { PrecisConnectionError } from "./errors.js";
import { readLines } from "./read-lines.js";
import { type Connection, request } from "./request.js";

export interface CommandOptions {
  /** Called for each worker as it answers; the result has all of them again. */
  onWorker?: (worker: WorkerResult) => void;
  signal?: AbortSignal;
}

/** Seconds the workers have to answer. */
const answerSeconds = 30;

/**
 * Sends a command to the workers and resolves with its result.
 *
 * @throws {PrecisConnectionError} also when the connection breaks before the result; the workers carry on
 */
export async function runCommand(
  connection: Connection,
  path: string,
  body: object,
  { onWorker, signal }: CommandOptions = {},
): Promise<CommandResult> {
  const response = await request(connection, path, {
    method: "POST",
    headers: onWorker === undefined ? {} : { accept: "application/x-ndjson" },
    body,
    wait: answerSeconds,
    signal,
  });
  if (onWorker === undefined || response.body === null) return (await response.json()) as CommandResult;
  let cause: unknown;
  try {
    for await (const line of readLines<{ worker?: WorkerResult; result?: CommandResult }>(response.body)) {
      if (line.result !== undefined) return line.result;
      if (line.worker !== undefined) onWorker(line.worker);
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    cause = error;
  }
  throw new PrecisConnectionError("the connection broke before every worker had answered", { cause });
}
