import type { IpcRequest, JobProgress, JobResult, ModelName } from "@precis/contracts";
import type { PartialSink } from "@precis/queue";

/** How a model process ended. */
export interface ModelProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Set when the watchdog killed it: how it hung. */
  hang?: string;
}

export interface SummarizeTask {
  text: string;
  maxLength?: number;
  minLength?: number;
  numBeams?: number;
  /** Unix time in ms by which the model must have begun with it. */
  startBy?: number;
  /** Trace context it belongs to; absent while tracing is off. */
  trace?: Record<string, string>;
  signal: AbortSignal;
  onProgress(progress: JobProgress): void;
  /** Where the text so far goes while somebody follows the job. */
  partials?: PartialSink;
  /**
   * Called once the job is in no model process any more and waits for none. That can be later than its end: a job that is
   * cancelled ends at once.
   */
  onLeave?(): void;
}

/** A started model process, as the supervisor sees it. */
export interface ModelProcess {
  readonly pid: number;
  /** False while it does nothing although it has something to do. */
  readonly isResponding: boolean;
  /** Resolves when the weights are loaded; rejects with a `PrecisError` when that failed or took too long. */
  readonly ready: Promise<{ loadMs: number }>;
  /** Resolves when the process has gone. */
  readonly exited: Promise<ModelProcessExit>;
  summarize(task: SummarizeTask): Promise<{ result: JobResult; modelMs: number }>;
  /** Ends it: SIGTERM, and SIGKILL when it is still there after the grace. */
  end(): void;
}

/** What a model process is told at its start. */
export type LoadSettings = Omit<Extract<IpcRequest, { type: "load" }>, "type" | "protocol" | "model">;

/** One sentence without figures, so that ends of the same kind are told alike. */
export function describeExit(model: ModelName, { code, signal, hang }: ModelProcessExit): string {
  if (hang !== undefined) return `the ${model} model process did not respond and was killed`;
  return `the ${model} model process ended ${signal === null ? `with code ${code}` : `by ${signal}`}`;
}
