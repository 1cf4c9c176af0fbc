import { type Job, type JobProgress, PrecisConnectionError } from "@precis/client";
import { api } from "./api.js";

/** What a page shows of a job before it ends. */
export interface JobListener {
  queued(position: number | undefined): void;
  started(): void;
  progress(progress: JobProgress): void;
  /** The whole summary generated so far. */
  partial(text: string): void;
}

/** Short, so that progress is shown often. */
const pollSeconds = 2;

/** Follows a job to its end by its events, or by polling where a proxy does not let events through. */
export async function followJob(id: string, listener: JobListener, signal: AbortSignal): Promise<Job> {
  try {
    for await (const { event, data } of api.stream(id, { signal })) {
      if (event === "queued") listener.queued(data.position);
      else if (event === "started") listener.started();
      else if (event === "progress") listener.progress(data);
      else if (event === "partial") listener.partial(data.text);
      else return data;
    }
  } catch (error) {
    if (!(error instanceof PrecisConnectionError)) throw error;
  }
  const onUpdate = (job: Job) => {
    if (job.status === "running") listener.started();
    else listener.queued(job.position);
    if (job.progress !== undefined) listener.progress(job.progress);
  };
  return api.wait(id, { signal, pollSeconds, onUpdate });
}
