import { type JobStatus, omitUndefined, PrecisError } from "@precis/contracts";
import { isJobId, type JobRecord, jobIdOfDelivery } from "@precis/queue";
import { deleteJobById, jobActions, retryJobById } from "../jobs/job-actions.js";
import type { Services } from "../services.js";
import { redeliverWebhookOf } from "../webhooks/redeliver.js";

/** Numbers of a query by which the board decides how much it reads, with their maximum. */
const maxQueryNumbers: Readonly<Record<string, number>> = {
  jobsPerPage: 100,
  maxChildren: 100,
  depth: 10,
  page: 1_000_000,
};

/** What follows the name of a queue in a path and is not the id of a job. */
const queueViews = new Set(["metrics", "default-job-options", "workers", "rate-limit", "job-data-schema"]);

/** Buttons for all jobs of a status, with the statuses that these jobs have for us. */
const statusesOf: Readonly<Record<string, readonly JobStatus[]>> = {
  failed: ["failed", "cancelled"],
  completed: ["completed"],
  wait: ["queued"],
  waiting: ["queued"],
  prioritized: ["queued"],
  delayed: ["queued"],
  paused: ["queued"],
};

const pageSize = 100;

/**
 * Checks a read of the board before the board sees it.
 *
 * @param path below the board's own path
 * @throws {PrecisError} `not_found` for an id that cannot exist, which would become part of a Redis key; `invalid_request` for a
 * number that would read too much
 */
export function checkBoardRead(path: string, query: Readonly<Record<string, string>>): void {
  for (const [name, max] of Object.entries(maxQueryNumbers)) {
    const given = query[name];
    if (given === undefined || (/^\d{1,9}$/.test(given) && Number(given) <= max)) continue;
    const message = `must be a whole number from 0 to ${max} (got ${given.slice(0, 40)})`;
    throw new PrecisError("invalid_request", message, { field: name });
  }
  const [, queue, id] = /^\/api\/queues\/([^/]+)\/([^/]+)(?:\/.*)?$/.exec(path) ?? [];
  if (id === undefined || queueViews.has(id)) return;
  const isKnown = queue === "webhooks" ? jobIdOfDelivery(id) !== undefined : isJobId(id);
  if (!isKnown) throw new PrecisError("not_found", `There is no job ${id.slice(0, 100)}`);
}

/** What a button does: a call of ours, or `board` for what the board may do itself. */
type Action = "board" | (() => Promise<unknown>);

/**
 * What a button of the board does. BullMQ's own operations know neither texts, idempotency keys, cancellations, deadlines nor
 * webhooks, so retry and delete are the operations of the API; only pausing and promoting are left to the board.
 *
 * @param path below the board's own path
 * @throws {PrecisError} `forbidden` for everything else, which would create or change jobs behind our back
 */
export function chooseBoardAction(services: Services, method: string, path: string): Action {
  const parts = path.split("/").slice(1);
  const [api, queues, queue = "", ...rest] = parts;
  const action = rest.join(" ");
  if (method !== "PUT" || api !== "api" || queues !== "queues") throw notOnTheBoard();
  if (["pause", "resume"].includes(queue) && action === "") return "board";
  if (queue !== "summarize" && queue !== "webhooks") throw notOnTheBoard();
  if (action === "pause" || action === "resume") return "board";
  const [first = "", second = ""] = rest;
  if (rest.length !== (action === "empty" ? 1 : 2)) throw notOnTheBoard();
  if (queue === "webhooks") return chooseDeliveryAction(services, first, second);
  const actions = jobActions(services);
  const retryOne = (id: string) => retryJobById(actions, id);
  const deleteOne = (id: string) => deleteJobById(actions, id);
  if (action === "empty") return () => forEachJob(services, ["queued"], deleteOne);
  const statuses = statusesOf[second];
  if (first === "retry" && second === "failed") return () => forEachJob(services, ["failed", "cancelled"], retryOne);
  if (first === "clean" && statuses !== undefined) return () => forEachJob(services, statuses, deleteOne);
  if (!isJobId(first)) throw new PrecisError("not_found", `There is no job ${first.slice(0, 100)}`);
  if (second === "retry") return () => retryOne(first);
  if (second === "clean") return () => deleteOne(first);
  if (second === "promote") return "board";
  throw notOnTheBoard();
}

function chooseDeliveryAction(services: Services, id: string, action: string): Action {
  const jobId = jobIdOfDelivery(id);
  if (jobId === undefined) throw new PrecisError("not_found", `There is no delivery ${id.slice(0, 100)}`);
  if (action === "promote") return "board";
  if (action !== "retry") throw notOnTheBoard();
  return () => redeliverWebhookOf(services, jobId);
}

/** Newest first; jobs that are submitted meanwhile are left alone. One that cannot be handled does not hold up the others. */
async function forEachJob(
  { queue }: Services,
  statuses: readonly JobStatus[],
  handle: (id: string) => Promise<unknown>,
): Promise<void> {
  const matches = (job: JobRecord) => statuses.includes(job.status);
  let cursor: string | undefined;
  do {
    const page = await queue.list({ matches, limit: pageSize, ...omitUndefined({ cursor }) });
    await Promise.all(
      page.jobs.map(({ id }) =>
        handle(id).catch((error) => {
          if (!(error instanceof PrecisError)) throw error;
        }),
      ),
    );
    cursor = page.cursor;
  } while (cursor !== undefined);
}

function notOnTheBoard(): PrecisError {
  return new PrecisError("forbidden", "This is not possible on the queue board: use the API or the command line");
}
