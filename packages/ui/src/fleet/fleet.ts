/** The fleet page: listens to the fleet's events, shows them, and sends what its buttons say. */
import type { FleetHistory, FleetView, ModelName } from "@precis/contracts";
import { find, setAttribute, setText } from "../page/dom.js";
import { formatBytes, formatDuration } from "../page/format.js";
import { drawChart } from "./chart.js";
import { createMemoryHistory } from "./memory-history.js";
import { type Command, sendCommand } from "./send-command.js";
import { createWorkerRow, type WorkerRow } from "./worker-row.js";

/** States as they are listed: what holds memory first. */
const order = ["busy", "ready", "loading", "unloading", "absent"];

const list = find("#workers");
const filter = find<HTMLInputElement>("#filter");
const history = createMemoryHistory();
const rows = new Map<string, WorkerRow>();
const memoryChart = drawChart(find("#memory-chart"), {
  height: 200,
  axes: true,
  format: formatBytes,
  lines: [
    { label: "held", colour: "--accent", fill: true },
    { label: "limit", colour: "--warn", dash: [5, 4] },
  ],
});
const jobsChart = drawChart(find("#jobs-chart"), {
  height: 200,
  axes: true,
  bars: true,
  format: (value) => (Number.isInteger(value) ? String(value) : ""),
  lines: [{ label: "jobs", colour: "--accent", fill: true }],
});

const figure = (name: string, text: string) => setText(find(`[data-figure=${name}]`), text);
const send = (command: Command) => void sendCommand(command);

function showRows({ workers, at }: FleetView): void {
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
  const wanted = filter.value.trim().toLowerCase();
  for (const [id, { element }] of rows) element.hidden = !id.toLowerCase().includes(wanted);
}

function showFleet(view: FleetView): void {
  const { workers } = view;
  history.add(view);
  const held = workers.reduce((sum, { held }) => sum + held, 0);
  const limit = limitOf(view);
  const lastMinutes = view.per_minute.slice(-5);
  figure("waiting", view.waiting.toLocaleString());
  figure("running", view.running.toLocaleString());
  figure("oldest", view.waiting > 0 ? formatDuration(view.oldest_waiting_ms) : "none");
  figure("rate", (lastMinutes.reduce((sum, count) => sum + count, 0) / lastMinutes.length).toFixed(1));
  figure("workers", String(workers.length));
  figure("memory", formatBytes(held));
  find("#no-workers").hidden = workers.length > 0;
  setText(find("#memory-now"), `${formatBytes(held)}, limits ${formatBytes(limit)}`);
  setText(find("#jobs-now"), `${view.per_minute.reduce((sum, count) => sum + count, 0)} in the last hour`);
  const totals = history.total();
  const most = Math.max(held, ...totals.map((value) => value ?? 0));
  // A limit far above what is held would press the line flat against the floor; then it is told in words only.
  const near = limit < most * 4;
  setAttribute(
    find("#memory-chart"),
    "aria-label",
    `Memory of the fleet over the last hour: now ${formatBytes(held)}, at most ${formatBytes(most)}`,
  );
  memoryChart.show(history.times, [totals, totals.map(() => (near ? limit : null))]);
  const minute = 60_000;
  const end = Math.floor(view.at / minute) * minute;
  jobsChart.show(
    view.per_minute.map((_, index) => end - (view.per_minute.length - 1 - index) * minute),
    [view.per_minute],
  );
  for (const item of document.querySelectorAll<HTMLElement>(".everywhere [data-model]")) {
    const states = new Map<string, number>();
    for (const worker of workers) {
      for (const { model, state } of worker.models) {
        if (model === item.dataset.model) states.set(state, (states.get(state) ?? 0) + 1);
      }
    }
    const text = [...states]
      .sort(([one], [other]) => order.indexOf(one) - order.indexOf(other))
      .map(([state, count]) => `${count} ${state}`)
      .join(", ");
    setText(find("[data-part=states]", item), text || "no workers");
  }
  showRows(view);
}

/** Workers on one machine without a limit of their own share the machine's memory. */
function limitOf({ workers }: FleetView): number {
  const machines = new Map<string, number>();
  let own = 0;
  for (const { host, limit, limit_source } of workers) {
    if (limit_source === "system") machines.set(host, limit);
    else own += limit;
  }
  return [...machines.values()].reduce((sum, limit) => sum + limit, own);
}

const live = find(".live");
const showLive = (state: string, text: string) => {
  setAttribute(live, "data-live", state);
  setText(live, text);
};

const events = new EventSource("fleet/events");
events.addEventListener("history", ({ data }) => history.begin(JSON.parse(data) as FleetHistory));
events.addEventListener("fleet", ({ data }) => {
  showLive("live", "live");
  showFleet(JSON.parse(data) as FleetView);
});
events.addEventListener("away", () => showLive("away", "Redis is away; the figures are old"));
events.addEventListener("error", () => showLive("away", "connection lost; trying again"));

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
