/** The fleet page: shows the fleet's events as they arrive, and sends commands. */
import type { FleetHistory, FleetView, ModelName } from "@precis/contracts";
import { find, setAttribute, setText } from "../layout/dom.js";
import { formatBytes, formatDuration } from "../layout/format.js";
import { drawChart } from "./chart.js";
import { createMemoryHistory } from "./memory-history.js";
import { stateLabels } from "./model-states.js";
import { type Command, runCommand } from "./run-command.js";
import { createWorkerRow, type WorkerRow } from "./worker-row.js";

const minuteMs = 60_000;

const list = find("#workers");
const filter = find<HTMLInputElement>("#filter");
const history = createMemoryHistory();
const rows = new Map<string, WorkerRow>();
const memoryChart = drawChart(find("#memory-chart"), {
  height: 200,
  axes: true,
  format: formatBytes,
  lines: [
    { label: "resident memory", color: "--accent", fill: true },
    { label: "limit", color: "--warn", dash: [5, 4] },
  ],
});
const jobsChart = drawChart(find("#jobs-chart"), {
  height: 200,
  axes: true,
  bars: true,
  format: (value) => (Number.isInteger(value) ? String(value) : ""),
  lines: [{ label: "jobs", color: "--accent", fill: true }],
});

const send = (command: Command) => void runCommand(command);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function showFigures(view: FleetView, rss: number): void {
  const show = (name: string, text: string) => setText(find(`[data-figure=${name}]`), text);
  const lastMinutes = view.per_minute.slice(-5);
  show("waiting", view.waiting.toLocaleString());
  show("running", view.running.toLocaleString());
  show("oldest", view.waiting > 0 ? formatDuration(view.oldest_waiting_ms) : "none");
  show("rate", (sum(lastMinutes) / lastMinutes.length).toFixed(1));
  show("workers", String(view.workers.length));
  show("memory", formatBytes(rss));
  find("#queue-paused").hidden = !view.is_paused;
}

function showCharts(view: FleetView, rss: number): void {
  const limit = limitOf(view);
  setText(find("#memory-now"), `${formatBytes(rss)}, limit ${formatBytes(limit)}`);
  setText(find("#jobs-now"), `${sum(view.per_minute).toLocaleString()} in the last hour`);
  const totals = history.total();
  const max = Math.max(rss, ...totals.map((value) => value ?? 0));
  // A limit far above the memory would press the line flat against the axis; the caption names it anyway.
  const isLimitNear = limit < max * 4;
  setAttribute(
    find("#memory-chart"),
    "aria-label",
    `Resident memory of all workers over the last hour: now ${formatBytes(rss)}, at most ${formatBytes(max)}`,
  );
  memoryChart.show(history.times, [totals, totals.map(() => (isLimitNear ? limit : null))]);
  const end = Math.floor(view.at / minuteMs) * minuteMs;
  jobsChart.show(
    view.per_minute.map((_, index) => end - (view.per_minute.length - 1 - index) * minuteMs),
    [view.per_minute],
  );
}

/** "1 busy, 2 not loaded" of each model; "3 running, 1 paused" of the workers. */
function showStates({ workers }: FleetView): void {
  const describe = (labels: readonly string[], order: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    const sorted = [...counts].sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
    return sorted.map(([label, count]) => `${count} ${label}`).join(", ") || "no workers";
  };
  for (const item of document.querySelectorAll<HTMLElement>(".model-list [data-model]")) {
    const models = workers.flatMap((worker) => worker.models.filter(({ model }) => model === item.dataset.model));
    const labels = models.map(({ state }) => stateLabels[state]);
    setText(find("[data-part=states]", item), describe(labels, Object.values(stateLabels)));
  }
  const statuses = workers.map(({ status }) => status);
  const order = ["running", "paused", "starting", "stopping"];
  setText(find("[data-workers] [data-part=states]"), describe(statuses, order));
}

function showWorkers({ workers, at }: FleetView): void {
  find("#no-workers").hidden = workers.length > 0;
  const live = new Set(workers.map(({ id }) => id));
  for (const [id, row] of rows) {
    if (live.has(id)) continue;
    row.element.remove();
    rows.delete(id);
  }
  for (const [index, worker] of workers.entries()) {
    let row = rows.get(worker.id);
    if (row === undefined) {
      row = createWorkerRow(worker.id, send);
      rows.set(worker.id, row);
      list.insertBefore(row.element, list.children[index] ?? null);
    }
    row.update(worker, at);
    row.draw(history.times, history.of(worker.id));
  }
  applyFilter();
}

function applyFilter(): void {
  const text = filter.value.trim().toLowerCase();
  for (const [id, { element }] of rows) element.hidden = !id.toLowerCase().includes(text);
}

/** Workers on one machine that have no limit of their own share the machine's memory. */
function limitOf({ workers }: FleetView): number {
  const machines = new Map<string, number>();
  let own = 0;
  for (const { host, limit, limit_source } of workers) {
    if (limit_source === "system") machines.set(host, limit);
    else own += limit;
  }
  return own + sum([...machines.values()]);
}

function showFleet(view: FleetView): void {
  history.add(view);
  const rss = sum(view.workers.map((worker) => worker.rss));
  showFigures(view, rss);
  showCharts(view, rss);
  showStates(view);
  showWorkers(view);
}

const live = find(".live");
const showLive = (state: string, text: string) => {
  setAttribute(live, "data-live", state);
  setText(live, text);
};

const events = new EventSource("fleet/events");
events.addEventListener("history", ({ data }) => history.begin(JSON.parse(data) as FleetHistory));
events.addEventListener("fleet", ({ data }) => {
  showLive("live", "Live");
  showFleet(JSON.parse(data) as FleetView);
});
events.addEventListener("redis-unavailable", () =>
  showLive("interrupted", "Redis is not reachable. The figures are out of date."),
);
events.addEventListener("error", () => showLive("interrupted", "Connection lost. Reconnecting…"));

filter.addEventListener("input", applyFilter);
for (const button of document.querySelectorAll<HTMLButtonElement>("[data-action]")) {
  button.addEventListener("click", () => {
    const { action, models } = button.dataset;
    send({
      action: action as Command["action"],
      ...(models === undefined ? {} : { models: models.split(",") as ModelName[] }),
    });
  });
}
