import type { Job, JobStatus, ListOptions, ModelName } from "@precis/client";
import type { ApiOptions } from "./api-options.js";
import { clientFor } from "./connection.js";

export interface ShowJobsOptions extends ApiOptions {
  id?: string;
  status?: string;
  model?: string;
  limit: number;
}

interface OneJob extends ApiOptions {
  id: string;
}

/** `precis jobs`: the latest jobs, a line each; `precis jobs ID`: one. */
export async function showJobs(options: ShowJobsOptions, env: NodeJS.ProcessEnv): Promise<number> {
  const client = clientFor(options, env);
  const { id, status, model, limit, json } = options;
  if (id !== undefined) {
    print(await client.read(id), json);
    return 0;
  }
  // Words are passed on as they are: the API knows which ones it takes, and says so.
  const query: ListOptions = { limit };
  if (status !== undefined) query.status = status as JobStatus;
  if (model !== undefined) query.model = model as ModelName;
  const page = await client.list(query);
  if (json) console.log(JSON.stringify(page, null, 2));
  else for (const job of page.jobs) console.log(line(job));
  return 0;
}

/** `precis jobs cancel ID` */
export async function cancelJob({ id, ...options }: OneJob, env: NodeJS.ProcessEnv): Promise<number> {
  print(await clientFor(options, env).cancel(id), options.json);
  return 0;
}

/** `precis jobs retry ID` */
export async function retryJob({ id, ...options }: OneJob, env: NodeJS.ProcessEnv): Promise<number> {
  const accepted = await clientFor(options, env).retry(id);
  console.log(options.json ? JSON.stringify(accepted, null, 2) : accepted.id);
  return 0;
}

/** `precis jobs delete ID` */
export async function deleteJob({ id, ...options }: OneJob, env: NodeJS.ProcessEnv): Promise<number> {
  await clientFor(options, env).remove(id);
  return 0;
}

function print(job: Job, json: boolean | undefined): void {
  console.log(json ? JSON.stringify(job, null, 2) : line(job));
}

function line({ id, status, model, timings, error }: Job): string {
  const ran = timings.ran_ms === undefined ? "" : `${(timings.ran_ms / 1_000).toFixed(1)} s`;
  const created = `${timings.created_at.slice(0, 19)}Z`;
  return [id, status.padEnd(9), model.padEnd(4), created, ran.padStart(8), error?.code ?? ""].join("  ").trimEnd();
}
