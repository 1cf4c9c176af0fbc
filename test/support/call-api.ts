import { randomUUID } from "node:crypto";
import type { JobAccepted, JobView, WorkerTelemetry } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { waitForState } from "./wait-for-state.js";

export interface Submission {
  text: string;
  model?: string;
  max_length?: number;
  min_length?: number;
  keep_alive?: string | number;
}

/** Submits a text; with `wait` the answer is held until the job ends, for at most that many seconds. */
export function submit(
  { url }: Pick<Precis, "url">,
  body: Submission | string,
  wait = 0,
  extra: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/api/v1/summarize`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(wait > 0 ? { prefer: `wait=${wait}` } : {}), ...extra },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/**
 * Submits until it is accepted, as a client does: on a busy machine Redis may be late and the answer a 503, although the
 * job was written. The key makes it one job all the same.
 */
export async function submitAccepted(precis: Pick<Precis, "url">, body: Submission): Promise<JobAccepted> {
  const key = randomUUID();
  const answer = await waitForState(
    () => submit(precis, body, 0, { "idempotency-key": key }),
    ({ status }) => status !== 503,
  );
  if (answer.status !== 202) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as JobAccepted;
}

export async function readJob({ url }: Pick<Precis, "url">, id: string, wait = 0): Promise<JobView> {
  const headers = wait > 0 ? { prefer: `wait=${wait}` } : {};
  return (await (await fetch(`${url}/api/v1/jobs/${id}`, { headers })).json()) as JobView;
}

export async function readWorkers({ url }: Pick<Precis, "url">): Promise<WorkerTelemetry[]> {
  const memory = (await (await fetch(`${url}/memory`)).json()) as { workers: WorkerTelemetry[] };
  return memory.workers;
}
