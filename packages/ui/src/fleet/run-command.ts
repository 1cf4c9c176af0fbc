import type { FleetCommandAnswer, FleetWorkerAnswer, ModelName } from "@precis/contracts";
import { find, make } from "../page/dom.js";
import { formatBytes, formatDuration, plural } from "../page/format.js";

export interface Command {
  action: "load" | "unload" | "pause" | "resume" | "drain";
  models?: ModelName[];
  workers?: string[];
}

const answersKept = 20;

const outcomes: Record<string, string> = {
  done: "done",
  "nothing-loaded": "nothing was loaded",
  "already-loaded": "was loaded already",
  "busy-timeout": "still busy; it goes on",
  failed: "failed",
  "not-here": "not here",
};

const doing = { load: "Load", unload: "Unload", pause: "Pause", resume: "Resume", drain: "Drain" };

function titleOf({ action, models, workers }: Command): string {
  const what = models === undefined ? "" : ` ${models.join(" and ").toUpperCase()}`;
  const where =
    workers === undefined
      ? models === undefined
        ? " all workers"
        : " everywhere"
      : ` ${models === undefined ? "" : "on "}${workers.join(", ")}`;
  return `${doing[action]}${what}${where}`;
}

/** Sends a command and shows what each worker answered, in the page's log; never rejects. */
export async function sendCommand(command: Command): Promise<void> {
  const log = find("#answers");
  log.querySelector("[data-part=none]")?.remove();
  const state = make("span", { class: "chip", "data-state": "asking" }, "asking …");
  const list = make("ul");
  const entry = make("article", { class: "answer" }, make("h3", {}, titleOf(command), " ", state), list);
  log.prepend(entry);
  for (const old of [...log.children].slice(answersKept)) old.remove();
  const settle = (name: string, text: string) => {
    state.dataset.state = name;
    state.textContent = text;
  };
  try {
    const answer = await post(command, (worker) => list.append(make("li", {}, describeWorker(worker, command))));
    for (const id of answer.no_answer) list.append(make("li", { class: "fault" }, `${id}: no answer`));
    for (const id of answer.unknown_workers) list.append(make("li", { class: "fault" }, `${id}: no such worker`));
    const total = answer.workers.length + answer.no_answer.length + answer.unknown_workers.length;
    const freed = answer.workers.reduce((sum, worker) => sum + worker.freed, 0);
    const gained = freed > 0 && command.action !== "load" ? `, ${formatBytes(freed)} given back` : "";
    if (answer.status === "ok") settle("ok", `${plural(total, "worker")} obeyed${gained}`);
    else settle(answer.status, answer.message);
  } catch (error) {
    settle("failed", (error as Error).message);
  }
}

/** Resolves with the whole answer; tells of each worker as its line arrives. */
async function post(command: Command, told: (worker: FleetWorkerAnswer) => void): Promise<FleetCommandAnswer> {
  const response = await fetch("fleet/commands", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/x-ndjson" },
    body: JSON.stringify(command),
  });
  if (!response.ok || response.body === null) {
    const body = await response.json().catch(() => ({}));
    throw new Error(body.detail ?? `the API answered ${response.status}`);
  }
  let rest = "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (rest + read.value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { worker, answer } = JSON.parse(line) as { worker?: FleetWorkerAnswer; answer?: FleetCommandAnswer };
      if (worker !== undefined) told(worker);
      if (answer !== undefined) return answer;
    }
  }
  throw new Error("the connection broke before all workers had answered");
}

function describeWorker(worker: FleetWorkerAnswer, { action }: Command): string {
  const models = worker.models
    .map(({ model, outcome, rss_before, rss_after, message }) => {
      const change = outcome === "done" ? ` (${formatBytes(rss_before)} → ${formatBytes(rss_after)})` : "";
      return `${model} ${message ?? outcomes[outcome] ?? outcome}${change}`;
    })
    .join(", ");
  const what =
    action === "pause" || action === "resume" || models === "" ? (outcomes[worker.outcome] ?? worker.outcome) : models;
  return `${worker.id}: ${what}, after ${formatDuration(worker.ms)}`;
}
