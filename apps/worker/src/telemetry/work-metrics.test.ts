import type { ModelState } from "@precis/contracts";
import type { TotalsCounter } from "@precis/control";
import { expect, it } from "vitest";
import type { ModelScheduler } from "../scheduler/model-scheduler.js";
import type { StateChange } from "../scheduler/scheduler-events.js";
import { WorkMetrics } from "./work-metrics.js";

function createWorld() {
  const counted: string[] = [];
  const totals: TotalsCounter = {
    count: (name, labels, by = 1) => void counted.push(`${name} ${labels.join(" ")} ${by}`),
    observe: (name, labels) => void counted.push(`${name} ${labels.join(" ")}`),
    flush: async () => {},
  };
  let change: (change: StateChange) => void = () => {};
  const scheduler = {
    on: (event: string, listener: typeof change) => {
      if (event === "state") change = listener;
    },
  };
  const metrics = new WorkMetrics(totals);
  metrics.observe(scheduler as unknown as ModelScheduler);
  const go = (states: ModelState[]) => {
    for (const [index, state] of states.slice(1).entries()) {
      change({ model: "bart", state, previous: states[index] as ModelState, pid: undefined, loadMs: undefined });
    }
  };
  return { metrics, counted, go };
}

it("counts a load, and an unload with the memory it freed, whatever happens in between", () => {
  const { metrics, counted, go } = createWorld();
  go(["absent", "loading", "busy"]);
  expect(counted.splice(0)).toEqual(["model_load_seconds bart"]);
  metrics.rememberRss([{ model: "bart", rss: 250e6 }]);
  go(["busy", "draining", "terminating", "absent"]);
  expect(counted.splice(0)).toEqual(["model_unload_seconds bart", "freed_bytes bart 250000000"]);
});

it("counts an unload also when jobs wait, so that the model is loaded again at once", () => {
  const { metrics, counted, go } = createWorld();
  metrics.rememberRss([{ model: "bart", rss: 1e6 }]);
  go(["ready", "terminating", "loading", "ready"]);
  expect(counted).toEqual(["model_unload_seconds bart", "freed_bytes bart 1000000", "model_load_seconds bart"]);
});

it("counts no unload for a process that dies while it drains", () => {
  const { counted, go } = createWorld();
  go(["busy", "draining", "absent"]);
  expect(counted).toEqual([]);
});
