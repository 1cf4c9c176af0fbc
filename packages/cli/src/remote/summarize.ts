import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { type Job, type PrecisClient, PrecisJobError, type SubmitRequest } from "@precis/client";
import { InterruptedError } from "../interrupted-error.js";
import { UsageError } from "../usage-error.js";
import { clientFor, connectionOptions } from "./connection.js";
import { openProgressBar } from "./progress-bar.js";

/** A week. Node's timers overflow past 24.8 days and fire at once. */
const maxWaitSeconds = 604_800;
/** Far more tokens than any model takes; the API names the real bound. */
const maxLength = 1_000_000;

/**
 * `precis summarize FILE|-`: prints the summary, or with `--json` the whole job. With `--wait SECONDS` it waits no longer
 * than that and then prints the job's id; 0 submits only.
 */
export async function summarize(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...connectionOptions,
      model: { type: "string" },
      "max-length": { type: "string" },
      "min-length": { type: "string" },
      length: { type: "string" },
      wait: { type: "string" },
    },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new UsageError("summarize takes one FILE, or - for standard input");
  }
  const seconds = values.wait === undefined ? undefined : wholeNumber("--wait", values.wait, maxWaitSeconds);
  const given = {
    model: values.model,
    length: values.length,
    max_length:
      values["max-length"] === undefined ? undefined : wholeNumber("--max-length", values["max-length"], maxLength),
    min_length:
      values["min-length"] === undefined ? undefined : wholeNumber("--min-length", values["min-length"], maxLength),
  };
  const text = file === "-" ? await readAll(process.stdin) : await readText(file);
  // Words are passed on as they are: the API knows which ones it takes, and says so.
  const request = JSON.parse(JSON.stringify({ text, ...given })) as SubmitRequest;
  const client = clientFor(values, env);
  const { id } = await client.submit(request);
  const job = seconds === 0 ? await client.read(id) : await follow(client, id, seconds);
  if (job.status === "failed" || job.status === "cancelled") throw new PrecisJobError(job);
  if (values.json) console.log(JSON.stringify(job, null, 2));
  else console.log(job.summary ?? job.id);
  return 0;
}

/** The job once it has ended, or as it stands after `seconds`; on a terminal a line shows how far it is. */
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

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read: ${error.code ?? error.message}`);
  });
}

/** Digits alone, so that nothing is taken for what it is not: `1e9`, `0x10`, `-1`. */
function wholeNumber(option: string, text: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max))
    throw new UsageError(`${option} must be a whole number from 0 to ${max} (got ${text.slice(0, 40)})`);
  return value;
}
