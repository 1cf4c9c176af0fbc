import type { ModelName } from "./model.js";
import type { ModelTelemetry, WorkerTelemetry } from "./telemetry.js";

/** One worker as the fleet page shows it. */
export interface FleetWorker {
  id: string;
  host: string;
  pid: number;
  status: WorkerTelemetry["status"];
  paused_by: WorkerTelemetry["paused_by"];
  /** Unix ms. */
  started: number;
  done: number;
  failed: number;
  /** RSS of supervisor and models together, in bytes. */
  held: number;
  /** Bytes in use of what the worker may use, and how many that is; of the whole machine when the source is `system`. */
  current: number;
  limit: number;
  limit_source: WorkerTelemetry["memory"]["source"];
  pressure: WorkerTelemetry["memory"]["pressure"];
  models: Pick<ModelTelemetry, "model" | "state" | "rss" | "in_flight" | "loads" | "unloads">[];
}

/** The fleet at one moment: data of the event `fleet`. */
export interface FleetView {
  /** Unix ms. */
  at: number;
  workers: FleetWorker[];
  waiting: number;
  running: number;
  failed: number;
  /** Milliseconds; 0 when none waits. */
  oldest_waiting_ms: number;
  /** Jobs that ended in each of the last 60 minutes, oldest first. */
  per_minute: number[];
}

/** Memory over the last hour: data of the event `history`. Bytes; null where a worker was not heard from. */
export interface FleetHistory {
  /** Unix ms of each point, rising. */
  times: number[];
  workers: Record<string, (number | null)[]>;
}

/** One worker's answer to a command. */
export interface FleetWorkerAnswer {
  id: string;
  outcome: string;
  freed: number;
  ms: number;
  models: { model: ModelName; outcome: string; rss_before: number; rss_after: number; message?: string | undefined }[];
}

/** What a command to the fleet came to: the answer of `POST /admin/fleet/commands`. */
export interface FleetCommandAnswer {
  status: "ok" | "partial" | "no-workers";
  message: string;
  workers: FleetWorkerAnswer[];
  no_answer: string[];
  unknown_workers: string[];
}
