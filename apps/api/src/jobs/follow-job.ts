import { isTerminal, type JobEvent } from "@precis/contracts";
import type { JobRecord, JobSignal, JobWatcher } from "@precis/queue";
import { viewJob } from "./view-job.js";

export interface FollowOptions {
  readJob(id: string): Promise<JobRecord | undefined>;
  watcher: Pick<JobWatcher, "follow">;
  /** Ends the iteration. */
  signal: AbortSignal;
  /** Path prefix that a proxy strips, for the links of the job. */
  prefix?: string;
  /** How often the job is read without a signal: positions change, and signals may be lost while Redis is unavailable. */
  recheckMs: number;
}

/**
 * Events of a job from now on, beginning with its current state and ending when the job has ended or was deleted. A slow
 * reader gets the newest event of each type: each supersedes the earlier ones of its type.
 */
export async function* followJob(id: string, options: FollowOptions): AsyncGenerator<JobEvent> {
  const { signal } = options;
  const pending = new Map<JobSignal["type"], JobSignal>();
  let wake = () => {};
  const unfollow = options.watcher.follow(id, (change) => {
    // A new attempt supersedes whatever the previous one generated.
    if (change.type === "queued" || change.type === "started") pending.clear();
    pending.delete(change.type);
    pending.set(change.type, change);
    wake();
  });
  const nextSignal = () =>
    new Promise<void>((resolve) => {
      // With jitter, so that many followers that began together do not read at the same time.
      const timer = setTimeout(done, options.recheckMs * (0.75 + Math.random() / 2));
      signal.addEventListener("abort", done, { once: true });
      wake = done;
      function done() {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        wake = () => {};
        resolve();
      }
      if (pending.size > 0 || signal.aborted) done();
    });

  let sentState = "";
  /** The current state as events, without those that would repeat what was sent. */
  const readState = async (): Promise<{ events: JobEvent[]; hasEnded: boolean }> => {
    const job = await options.readJob(id);
    if (job === undefined) return { events: [], hasEnded: true };
    if (isTerminal(job.status)) {
      return { events: [{ event: job.status, data: viewJob(job, options.prefix) }], hasEnded: true };
    }
    const events: JobEvent[] = [];
    if (job.status === "running") {
      if (sentState !== "running") events.push({ event: "started", data: {} });
      if (sentState !== "running" && job.progress !== undefined) events.push({ event: "progress", data: job.progress });
      sentState = "running";
    } else {
      const { position } = job;
      if (sentState !== `queued ${position}`) {
        events.push({ event: "queued", data: position === undefined ? {} : { position } });
      }
      sentState = `queued ${position}`;
    }
    return { events, hasEnded: false };
  };

  try {
    let mustRead = true;
    while (!signal.aborted) {
      if (mustRead) {
        // Redis may be unavailable for a moment; the next read catches up.
        const { events, hasEnded } = await readState().catch(() => ({ events: [], hasEnded: false }));
        yield* events;
        if (hasEnded) return;
      }
      await nextSignal();
      const changes = [...pending.values()];
      pending.clear();
      mustRead = changes.length === 0 || changes.some(({ type }) => type === "ended" || type === "queued");
      if (mustRead) continue;
      for (const change of changes) {
        // A job that generates has started, even if that signal was lost.
        if (sentState !== "running") yield { event: "started", data: {} };
        sentState = "running";
        if (change.type === "progress") yield { event: "progress", data: change.progress };
        if (change.type === "partial") yield { event: "partial", data: { text: change.text } };
      }
    }
  } finally {
    unfollow();
  }
}
