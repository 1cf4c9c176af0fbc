import type { JobProgress, JobView } from "@precis/contracts";

/** What happens to a job before it ends. */
export interface JobNews {
  queued(position: number | undefined): void;
  started(): void;
  progress(progress: JobProgress): void;
  /** The whole text generated so far. */
  partial(text: string): void;
}

const ends = ["completed", "failed", "cancelled"] as const;

/** Seconds each answer is held while a job is followed without events. */
const waitSeconds = 2;

/**
 * Follows a job to its end by server-sent events, and by asking again and again where those do not come through, which
 * some proxies see to. @param root relative address of the API
 */
export async function followJob(root: string, id: string, news: JobNews, signal: AbortSignal): Promise<JobView> {
  return (await byEvents(root, id, news, signal)) ?? byAsking(root, id, news, signal);
}

/** `undefined` when the events cannot be had or have stopped for good. */
function byEvents(root: string, id: string, news: JobNews, signal: AbortSignal): Promise<JobView | undefined> {
  return new Promise((resolve) => {
    const events = new EventSource(`${root}api/v1/jobs/${id}/events`);
    let failures = 0;
    const end = (job?: JobView) => {
      events.close();
      resolve(job);
    };
    const on = <Data>(name: string, act: (data: Data) => void) =>
      events.addEventListener(name, ({ data }) => {
        failures = 0;
        act(JSON.parse(data) as Data);
      });
    on<{ position?: number }>("queued", ({ position }) => news.queued(position));
    on("started", news.started);
    on<JobProgress>("progress", news.progress);
    on<{ text: string }>("partial", ({ text }) => news.partial(text));
    for (const name of ends) on<JobView>(name, end);
    events.addEventListener("error", () => {
      failures += 1;
      if (events.readyState === EventSource.CLOSED || failures > 2) end();
    });
    signal.addEventListener("abort", () => end(), { once: true });
  });
}

async function byAsking(root: string, id: string, news: JobNews, signal: AbortSignal): Promise<JobView> {
  while (true) {
    signal.throwIfAborted();
    const response = await fetch(`${root}api/v1/jobs/${id}`, { headers: { prefer: `wait=${waitSeconds}` }, signal });
    const job = await response.json();
    if (!response.ok) throw new Error(job.detail ?? `the API answered ${response.status}`);
    const view = job as JobView;
    if (ends.some((end) => end === view.status)) return view;
    if (view.status === "running") news.started();
    else news.queued(undefined);
    if (view.progress !== undefined) news.progress(view.progress);
  }
}
