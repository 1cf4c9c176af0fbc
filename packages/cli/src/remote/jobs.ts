import { parseArgs } from "node:util";
import type { Job, JobStatus, ListOptions, ModelName } from "@precis/client";
import { UsageError } from "../usage-error.js";
import { clientFor, connectionOptions } from "./connection.js";

/** `precis jobs`: the latest jobs, a line each; `precis jobs ID`: one; `precis jobs cancel|retry|delete ID`. */
export async function jobs(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...connectionOptions,
      status: { type: "string" },
      model: { type: "string" },
      limit: { type: "string", default: "20" },
    },
  });
  const client = clientFor(values, env);
  const [first, id] = positionals;
  if (positionals.length > 2) throw new UsageError("jobs takes nothing, an ID, or cancel, retry or delete and an ID");
  if (first !== undefined && id !== undefined) {
    if (first === "cancel") print(await client.cancel(id), values.json);
    else if (first === "retry") console.log((await client.retry(id)).id);
    else if (first === "delete") await client.remove(id);
    else throw new UsageError(`jobs ${first}: must be cancel, retry or delete`);
    return 0;
  }
  if (first !== undefined) {
    print(await client.read(first), values.json);
    return 0;
  }
  // The API says which words it takes.
  if (!/^\d{1,6}$/.test(values.limit)) {
    throw new UsageError(`--limit must be a whole number (got ${values.limit.slice(0, 40)})`);
  }
  const query: ListOptions = { limit: Number(values.limit) };
  if (values.status !== undefined) query.status = values.status as JobStatus;
  if (values.model !== undefined) query.model = values.model as ModelName;
  const page = await client.list(query);
  if (values.json) console.log(JSON.stringify(page, null, 2));
  else for (const job of page.jobs) console.log(line(job));
  return 0;
}

function print(job: Job, json: boolean): void {
  console.log(json ? JSON.stringify(job, null, 2) : line(job));
}

function line({ id, status, model, timings, error }: Job): string {
  const ran = timings.ran_ms === undefined ? "" : `${(timings.ran_ms / 1_000).toFixed(1)} s`;
  const created = `${timings.created_at.slice(0, 19)}Z`;
  return [id, status.padEnd(9), model.padEnd(4), created, ran.padStart(8), error?.code ?? ""].join("  ").trimEnd();
}
