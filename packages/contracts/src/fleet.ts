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
  /** Resident memory of supervisor and model processes together, in bytes. */
  rss: number;
  /** Bytes in use, and the limit they count against; those of the whole machine when the source is `system`. */
  current: number;
  limit: number;
  limit_source: WorkerTelemetry["memory"]["source"];
  pressure: WorkerTelemetry["memory"]["pressure"];
  models: (Pick<ModelTelemetry, "model" | "state" | "rss" | "in_flight" | "loads" | "unloads"> & {
    responding: boolean;
  })[];
}

/** The fleet at one moment: data of the event `fleet`. */
export interface FleetView {
  /** Unix ms. */
  at: number;
  workers: FleetWorker[];
  waiting: number;
  running: number;
  failed: number;
  /** Whether an operator has paused the queue. */
  is_paused: boolean;
  /** Milliseconds; 0 when no job waits. */
  oldest_waiting_ms: number;
  /** Jobs finished in each of the last 60 minutes, oldest first. */
  per_minute: number[];
}

/** Memory over the last hour: data of the event `history`. Bytes; null where a worker sent no telemetry. */
export interface FleetHistory {
  /** Unix ms of each point, ascending. */
  times: number[];
  workers: Record<string, (number | null)[]>;
}
