import type { CommandResult, ModelName, WorkerResult } from "@precis/client";
import { api } from "../layout/api.js";
import { describeError } from "../layout/describe-error.js";
import { createElement, find } from "../layout/dom.js";
import { formatBytes, formatDuration, plural } from "../layout/format.js";

export interface Command {
  action: "load" | "unload" | "pause" | "resume" | "drain";
  models?: ModelName[];
  workers?: string[];
}

const maxResults = 20;

const outcomes: Record<string, string> = {
  done: "done",
  "nothing-loaded": "was not loaded",
  "already-loaded": "was already loaded",
  "busy-timeout": "still busy, will finish later",
  failed: "failed",
  "not-here": "not on this worker",
};

const verbs = { load: "Load", unload: "Unload", pause: "Pause", resume: "Resume", drain: "Drain" };

function titleOf({ action, models, workers }: Command): string {
  const what = models === undefined ? "" : ` ${models.join(" and ").toUpperCase()} on`;
  return `${verbs[action]}${what} ${workers === undefined ? "all workers" : workers.join(", ")}`;
}

/** Sends a command and shows each worker's result in the page's log; never rejects. */
export async function runCommand(command: Command): Promise<void> {
  const log = find("#commands");
  log.querySelector("[data-part=none]")?.remove();
  const chip = createElement("span", { class: "chip", "data-state": "pending" }, "Waiting for workers…");
  const list = createElement("ul");
  log.prepend(
    createElement("article", { class: "command" }, createElement("h3", {}, titleOf(command), " ", chip), list),
  );
  for (const old of [...log.children].slice(maxResults)) old.remove();
  const settle = (state: string, text: string) => {
    chip.dataset.state = state;
    chip.textContent = text;
  };
  const add = (text: string, attributes: Record<string, string> = {}) =>
    list.append(createElement("li", attributes, text));
  try {
    const result = await send(command, (worker) => add(describeWorker(worker, command)));
    for (const id of result.no_answer) add(`${id}: no answer`, { class: "error" });
    for (const id of result.unknown_workers) add(`${id}: no such worker`, { class: "error" });
    settle(result.status, summarize(result, command));
  } catch (error) {
    settle("failed", describeError(error));
  }
}

function send({ action, models, workers }: Command, onWorker: (worker: WorkerResult) => void): Promise<CommandResult> {
  const addressed = workers === undefined ? {} : { workers };
  const options = { onWorker };
  if (action === "load" || action === "unload") {
    return api[action]({ ...addressed, ...(models === undefined ? {} : { models }) }, options);
  }
  return api[action](addressed, options);
}

function summarize({ status, message, workers }: CommandResult, { action }: Command): string {
  if (status === "no-workers") return "No workers";
  if (status === "partial") return message;
  const freed = workers.reduce((sum, worker) => sum + worker.freed, 0);
  const freedText = freed > 0 && (action === "unload" || action === "drain") ? `, ${formatBytes(freed)} freed` : "";
  return `Done on ${plural(workers.length, "worker")}${freedText}`;
}

function describeWorker({ id, outcome, ms, models }: WorkerResult, { action }: Command): string {
  const each = models.map(({ model, outcome, rss_before, rss_after, message }) => {
    const change = outcome === "done" ? ` (${formatBytes(rss_before)} → ${formatBytes(rss_after)})` : "";
    return `${model.toUpperCase()} ${message ?? outcomes[outcome] ?? outcome}${change}`;
  });
  const isAboutModels = action !== "pause" && action !== "resume" && each.length > 0;
  return `${id}: ${isAboutModels ? each.join(", ") : (outcomes[outcome] ?? outcome)}, after ${formatDuration(ms)}`;
}
