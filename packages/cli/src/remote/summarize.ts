import { readFile } from "node:fs/promises";
import { buffer as readAll } from "node:stream/consumers";
import { type Job, type PrecisClient, PrecisJobError, type SubmitRequest } from "@precis/client";
import { InterruptedError } from "../interrupted-error.js";
import { UsageError } from "../usage-error.js";
import type { ApiOptions } from "./api-options.js";
import { clientFor } from "./connection.js";
import { decodeFile } from "./decode-file.js";
import { openProgressBar } from "./progress-bar.js";

interface SummarizeOptions extends ApiOptions {
  file: string;
  model?: string;
  length?: string;
  maxLength?: number;
  minLength?: number;
  /** Seconds to wait for the summary; without an end when absent. */
  wait?: number;
}

/**
 * `precis summarize FILE|-`: prints the summary, or with `--json` the whole job. With `--wait SECONDS` it waits no longer
 * than that and then prints the job's id; 0 submits only.
 */
export async function summarize(options: SummarizeOptions, env: NodeJS.ProcessEnv): Promise<number> {
  const { file, model, length, maxLength, minLength, wait: seconds } = options;
  const given = { model, length, max_length: maxLength, min_length: minLength };
  const text = decodeFile(file === "-" ? await readAll(process.stdin) : await readFileBytes(file), file);
  // Words are passed on as they are: the API knows which ones it takes, and says so.
  const request = JSON.parse(JSON.stringify({ text, ...given })) as SubmitRequest;
  const client = clientFor(options, env);
  const { id } = await client.submit(request);
  const job = seconds === 0 ? await client.read(id) : await follow(client, id, seconds);
  if (job.status === "failed" || job.status === "cancelled") throw new PrecisJobError(job);
  if (options.json) console.log(JSON.stringify(job, null, 2));
  else console.log(job.summary ?? job.id);
  return 0;
}

/** The job once it has ended, or its state after `seconds`; on a terminal a line shows its progress. */
async function follow(client: PrecisClient, id: string, seconds: number | undefined): Promise<Job> {
  const late = new AbortController();
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once("SIGINT", interrupt);
  const signal = AbortSignal.any([late.signal, interrupted.signal]);
  const timer = seconds === undefined ? undefined : setTimeout(() => late.abort(), seconds * 1_000);
  const bar = process.stderr.isTTY ? openProgressBar(process.stderr) : undefined;
  try {
    if (bar === undefined) return await client.wait(id, { signal });
    for await (const event of client.stream(id, { signal })) bar.show(event);
    return await client.read(id);
  } catch (error) {
    if (interrupted.signal.aborted) {
      throw new InterruptedError(`interrupted; the job goes on: precis jobs ${id}, or precis jobs cancel ${id}`);
    }
    if (!late.signal.aborted) throw error;
    return await client.read(id);
  } finally {
    clearTimeout(timer);
    process.off("SIGINT", interrupt);
    bar?.close();
  }
}

async function readFileBytes(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read: ${error.code ?? error.message}`);
  });
}
