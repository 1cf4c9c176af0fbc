import type { BatchView } from "@precis/contracts";
import type { BatchRecord } from "@precis/queue";

/** @param prefix path prefix that a proxy strips */
export const batchPath = (id: string, prefix = "") => `${prefix}/api/v1/batches/${id}`;

/** A batch as the API returns it, with one status for the whole. */
export function viewBatch(batch: BatchRecord, prefix = ""): BatchView {
  const { id, counts } = batch;
  const refused = new Set(batch.rejected.map(({ index }) => index)).size;
  return {
    id,
    status: statusOf(batch),
    size: batch.size,
    created_at: new Date(batch.createdAt).toISOString(),
    counts: { ...counts, refused, gone: batch.gone },
    jobs: batch.jobs,
    errors: batch.rejected,
    links: { self: batchPath(id, prefix) },
  };
}

function statusOf({ counts, jobs }: BatchRecord): BatchView["status"] {
  if (counts.queued === jobs.length && jobs.length > 0) return "queued";
  if (counts.queued + counts.running > 0) return "running";
  return counts.failed + counts.cancelled > 0 ? "failed" : "completed";
}
