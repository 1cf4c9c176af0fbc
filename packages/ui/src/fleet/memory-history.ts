import type { FleetHistory, FleetView } from "@precis/contracts";

const hourMs = 3_600_000;
/** A new point at most this often; views arrive about once a second, so nearly each becomes one. */
const minStepMs = 900;

/** Memory by worker over the last hour: the history the API sent first, and the views since. */
export interface MemoryHistory {
  begin(history: FleetHistory): void;
  add(view: FleetView): void;
  readonly times: readonly number[];
  of(worker: string): readonly (number | null)[];
  /** Sum over all workers; null where there is no telemetry. */
  total(): (number | null)[];
}

export function createMemoryHistory(): MemoryHistory {
  let times: number[] = [];
  const lines = new Map<string, (number | null)[]>();
  let last = 0;
  return {
    begin: (history) => {
      times = [...history.times];
      lines.clear();
      for (const [id, values] of Object.entries(history.workers)) lines.set(id, [...values]);
    },
    add: ({ at, workers }) => {
      if (at - last < minStepMs) return;
      last = at;
      times.push(at);
      for (const { id } of workers) if (!lines.has(id)) lines.set(id, new Array(times.length - 1).fill(null));
      const current = new Map(workers.map((worker) => [worker.id, worker.rss]));
      for (const [id, values] of lines) values.push(current.get(id) ?? null);
      const expired = times.findIndex((time) => time >= at - hourMs);
      if (expired <= 0) return;
      times.splice(0, expired);
      for (const [id, values] of lines) {
        values.splice(0, expired);
        if (values.every((value) => value === null)) lines.delete(id);
      }
    },
    get times() {
      return times;
    },
    of: (worker) => lines.get(worker) ?? times.map(() => null),
    total: () =>
      times.map((_, index) => {
        let sum: number | null = null;
        for (const values of lines.values()) {
          const value = values[index];
          if (value != null) sum = (sum ?? 0) + value;
        }
        return sum;
      }),
  };
}
