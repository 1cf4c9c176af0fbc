import type { FleetWorker, ModelName } from "@precis/contracts";
import { createElement, find, setAttribute, setText } from "../layout/dom.js";
import { formatBytes, formatDuration, plural } from "../layout/format.js";
import { type Chart, drawChart } from "./chart.js";
import { stateLabels } from "./model-states.js";
import type { Command } from "./run-command.js";

/** One worker's place in the list. */
export interface WorkerRow {
  readonly element: HTMLElement;
  update(worker: FleetWorker, now: number): void;
  /** Draws the memory line when the row is visible. */
  draw(times: readonly number[], memory: readonly (number | null)[]): void;
}

const reasonLabels: Record<FleetWorker["paused_by"][number], string> = {
  operator: "by an operator",
  pressure: "memory pressure",
  "no-room": "waiting for memory to load a model",
  "too-small": "memory limit too low for a model",
  starting: "preloading models",
};

const limitLabels: Record<FleetWorker["limit_source"], string> = {
  MEMORY_LIMIT: "MEMORY_LIMIT",
  cgroup: "cgroup limit",
  system: "machine",
};

const titles: Record<ModelName, string> = { bart: "BART", t5: "T5" };

export function createWorkerRow(id: string, send: (command: Command) => void): WorkerRow {
  const template = find<HTMLTemplateElement>("#worker");
  const element = find<HTMLElement>("li", template.content.cloneNode(true) as DocumentFragment);
  const part = (name: string) => find(`[data-part=${name}]`, element);
  const pause = part("pause") as HTMLButtonElement;
  const drain = part("drain") as HTMLButtonElement;
  const meter = part("meter") as HTMLMeterElement;
  const models = new Map<ModelName, ReturnType<typeof createModel>>();
  let chart: Chart | undefined;
  let isVisible = false;
  let isPaused = false;

  element.dataset.worker = id;
  setText(part("id"), id);
  drain.setAttribute("aria-label", `Drain ${id}`);
  drain.addEventListener("click", () => send({ action: "drain", workers: [id] }));
  pause.addEventListener("click", () => send({ action: isPaused ? "resume" : "pause", workers: [id] }));
  new IntersectionObserver(([entry]) => {
    isVisible = entry?.isIntersecting ?? false;
  }).observe(element);

  const createModel = (model: ModelName) => {
    const state = createElement("span", { class: "chip" });
    const memory = createElement("span", { class: "numeric muted" });
    const button = createElement("button", { type: "button", class: "quiet" });
    const item = createElement(
      "li",
      { "data-model": model },
      createElement("strong", {}, titles[model]),
      state,
      memory,
      button,
    );
    let isLoaded = false;
    button.addEventListener("click", () => {
      send({ action: isLoaded ? "unload" : "load", models: [model], workers: [id] });
    });
    part("models").append(item);
    return (now: FleetWorker["models"][number]) => {
      isLoaded = now.state !== "absent";
      const verb = isLoaded ? "Unload" : "Load";
      const label = now.state === "busy" ? `busy, ${plural(now.in_flight, "job")}` : stateLabels[now.state];
      setText(state, now.responding ? label : "not responding");
      setAttribute(state, "data-state", now.responding ? now.state : "failed");
      setText(memory, isLoaded ? formatBytes(now.rss) : "");
      setText(button, verb);
      setAttribute(button, "aria-label", `${verb} ${titles[model]} on ${id}`);
    };
  };

  return {
    element,
    update: (worker, now) => {
      // Only a pause by an operator can be lifted here; a worker lifts the others itself.
      isPaused = worker.paused_by.includes("operator");
      const reasons = worker.paused_by.filter((reason) => reason !== "operator").map((reason) => reasonLabels[reason]);
      setText(part("status"), [worker.status, ...reasons].join(": "));
      setAttribute(part("status"), "data-state", worker.status);
      const failed = worker.failed > 0 ? `, ${worker.failed} failed` : "";
      setText(
        part("facts"),
        `${plural(worker.done, "job")} done${failed} · up ${formatDuration(now - worker.started)}`,
      );
      const share = worker.limit > 0 ? Math.min(100, (worker.current / worker.limit) * 100) : 0;
      setAttribute(meter, "value", share.toFixed(1));
      setAttribute(meter, "aria-label", `Memory of ${id}, percent of its limit`);
      setAttribute(meter, "data-pressure", worker.pressure);
      const used = `${formatBytes(worker.current)} of ${formatBytes(worker.limit)}`;
      setText(part("memory"), `${formatBytes(worker.rss)} resident · ${used} (${limitLabels[worker.limit_source]})`);
      for (const model of worker.models) {
        let show = models.get(model.model);
        if (show === undefined) {
          show = createModel(model.model);
          models.set(model.model, show);
        }
        show(model);
      }
      setText(pause, isPaused ? "Resume" : "Pause");
      setAttribute(pause, "aria-label", `${isPaused ? "Resume" : "Pause"} ${id}`);
    },
    draw: (times, memory) => {
      if (!isVisible) return;
      chart ??= drawChart(part("sparkline"), {
        height: 34,
        lines: [{ label: "memory", color: "--accent", fill: true }],
        format: formatBytes,
      });
      chart.show(times, [memory]);
    },
  };
}
