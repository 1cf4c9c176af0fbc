import type { FleetWorker, ModelName } from "@precis/contracts";
import { find, make, setAttribute, setText } from "../page/dom.js";
import { formatBytes, formatDuration, plural } from "../page/format.js";
import { type Chart, drawChart } from "./chart.js";
import type { Command } from "./send-command.js";

/** One worker's place in the list. */
export interface WorkerRow {
  readonly element: HTMLElement;
  update(worker: FleetWorker, now: number): void;
  /** Draws its memory line, if it is in sight. */
  draw(times: readonly number[], memory: readonly (number | null)[]): void;
}

const reasonTexts: Record<FleetWorker["paused_by"][number], string> = {
  operator: "by an operator",
  pressure: "memory is short",
  "no-room": "no room for a model",
  "too-small": "too little memory for a model",
  starting: "loading models",
};

const places: Record<FleetWorker["limit_source"], string> = {
  MEMORY_LIMIT: "allowed",
  cgroup: "of its cgroup",
  system: "of the machine",
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
  let visible = false;
  let paused = false;

  element.dataset.worker = id;
  setText(part("id"), id);
  drain.setAttribute("aria-label", `Drain ${id}`);
  drain.addEventListener("click", () => send({ action: "drain", workers: [id] }));
  pause.addEventListener("click", () => send({ action: paused ? "resume" : "pause", workers: [id] }));
  new IntersectionObserver(([entry]) => {
    visible = entry?.isIntersecting ?? false;
  }).observe(element);

  const createModel = (model: ModelName) => {
    const state = make("span", { class: "chip" });
    const memory = make("span", { class: "numeric muted" });
    const button = make("button", { type: "button", class: "quiet" });
    const item = make("li", { "data-model": model }, make("strong", {}, titles[model]), state, memory, button);
    let loaded = false;
    button.addEventListener("click", () => {
      send({ action: loaded ? "unload" : "load", models: [model], workers: [id] });
    });
    part("models").append(item);
    return (now: FleetWorker["models"][number]) => {
      loaded = now.state !== "absent";
      setText(state, now.state === "busy" ? `busy, ${plural(now.in_flight, "job")}` : now.state);
      setAttribute(state, "data-state", now.state);
      setText(memory, loaded ? formatBytes(now.rss) : "");
      setText(button, loaded ? "Unload" : "Load");
      setAttribute(button, "aria-label", `${loaded ? "Unload" : "Load"} ${titles[model]} on ${id}`);
    };
  };

  return {
    element,
    update: (worker, now) => {
      // Only what an operator paused can be resumed from here; the other reasons pass by themselves.
      paused = worker.paused_by.includes("operator");
      const reasons = worker.paused_by.filter((reason) => reason !== "operator").map((reason) => reasonTexts[reason]);
      setText(part("status"), [worker.status, ...reasons].join(": "));
      setAttribute(part("status"), "data-state", worker.status);
      const failed = worker.failed > 0 ? `, ${worker.failed} failed` : "";
      setText(
        part("facts"),
        `${plural(worker.done, "job")} done${failed} · up ${formatDuration(now - worker.started)}`,
      );
      const share = worker.limit > 0 ? Math.min(100, (worker.current / worker.limit) * 100) : 0;
      setAttribute(meter, "value", share.toFixed(1));
      setAttribute(meter, "aria-label", `Memory of ${id} against its limit, percent`);
      setAttribute(meter, "data-pressure", worker.pressure);
      const used = `${formatBytes(worker.current)} of ${formatBytes(worker.limit)}`;
      setText(part("memory"), `holds ${formatBytes(worker.held)} · ${used} ${places[worker.limit_source]}`);
      for (const model of worker.models) {
        let show = models.get(model.model);
        if (show === undefined) {
          show = createModel(model.model);
          models.set(model.model, show);
        }
        show(model);
      }
      setText(pause, paused ? "Resume" : "Pause");
      setAttribute(pause, "aria-label", `${paused ? "Resume" : "Pause"} ${id}`);
    },
    draw: (times, memory) => {
      if (!visible) return;
      chart ??= drawChart(part("spark"), {
        height: 34,
        lines: [{ label: "memory", colour: "--accent", fill: true }],
        format: formatBytes,
      });
      chart.show(times, [memory]);
    },
  };
}
