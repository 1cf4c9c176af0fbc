import type { IpcRequest, JobProgress, JobResult, ModelName } from "@precis/contracts";
import type { PartialSink } from "@precis/queue";

/** How a model process exited. */
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
  /** Unix time in ms by which the model must have started with it. */
  startBy?: number;
  /** Trace context it belongs to; absent while tracing is off. */
  trace?: Record<string, string>;
  signal: AbortSignal;
  onProgress(progress: JobProgress): void;
  /** Receives the text so far while the job has followers. */
  partials?: PartialSink;
  /** Called when the job enters the model process. */
  onStart?(): void;
  /**
   * Called once the job is in no model process any more and waits for none. That can be later than its result: a cancelled job ends at
   * once.
   */
  onLeave?(): void;
}

/** A started model process, as the supervisor sees it. */
export interface ModelProcess {
  readonly pid: number;
  /** False while it has work and does nothing. */
  readonly isResponding: boolean;
  /** Resolves when the model is loaded; rejects with a `PrecisError` when loading failed or took too long. */
  readonly ready: Promise<{ loadMs: number }>;
  /** Resolves when the process has exited. */
  readonly exited: Promise<ModelProcessExit>;
  summarize(task: SummarizeTask): Promise<JobResult>;
  /** Ends it: SIGTERM, and SIGKILL if it has not exited after the grace period. */
  end(): void;
}

/** What a process reports besides results. */
export interface ModelProcessEvents {
  /** A batch has started, with this many texts. */
  onBatch(texts: number): void;
  /** It does not respond, or does so again. */
  onResponding(isResponding: boolean): void;
  /** Called once per load for each network that runs slower than it could, with the reason. */
  onNote(note: string): void;
}

export type StartModelProcess = (model: ModelName, events: ModelProcessEvents) => ModelProcess;

/** Settings that a model process gets at its start. */
export type LoadSettings = Omit<Extract<IpcRequest, { type: "load" }>, "type" | "protocol" | "model">;

/** One sentence without numbers, so that exits of the same kind read the same. */
export function describeExit(model: ModelName, { code, signal, hang }: ModelProcessExit): string {
  if (hang !== undefined) return `the ${model} model process did not respond and was killed`;
  return `the ${model} model process ended ${signal === null ? `with code ${code}` : `by ${signal}`}`;
}
