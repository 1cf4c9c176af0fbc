import { PrecisError, type Webhook } from "@precis/contracts";
import type { JobQueue, JobRecord } from "@precis/queue";
import { jobNotFound } from "../jobs/job-not-found.js";

/** @throws {PrecisError} `job_not_found`, or `not_found` for a job without a webhook */
export async function readJobWithWebhook(queue: JobQueue, id: string): Promise<{ job: JobRecord; webhook: Webhook }> {
  const job = await queue.read(id);
  if (job === undefined) throw jobNotFound(id);
  const { webhook } = job.data;
  if (webhook === undefined) throw new PrecisError("not_found", `Job ${id} was submitted without a webhook`);
  return { job, webhook };
}
