import { PrecisError } from "@precis/contracts";
import { type BatchRecord, isBatchId, isJobId, type JobQueue } from "@precis/queue";
import type { MiddlewareHandler } from "hono";
import { LRUCache } from "lru-cache";
import { jobNotFound } from "../jobs/job-not-found.js";
import { canView, visibleOwner } from "./caller.js";

declare module "hono" {
  interface ContextVariableMap {
    /** The batch in the path of a request; read when its ownership is checked. */
    batch: BatchRecord;
  }
}

const ownerTtlMs = 3_600_000;
const maxOwners = 50_000;

/** Rejects ids that cannot exist, and hides what belongs to other owners: both are answered as not found. */
export interface OwnershipRules {
  job: MiddlewareHandler;
  batch: MiddlewareHandler;
}

export function createOwnershipRules(queue: JobQueue): OwnershipRules {
  // A job never changes its owner.
  const owners = new LRUCache<string, { owner?: string }>({
    max: maxOwners,
    ttl: ownerTtlMs,
    ignoreFetchAbort: true,
    fetchMethod: queue.readOwner,
  });
  return {
    job: async (c, next) => {
      const id = c.req.param("id") ?? "";
      // Anything else would become part of a Redis key.
      if (!isJobId(id)) throw jobNotFound(id);
      if (visibleOwner(c) === undefined) return next();
      const found = await owners.fetch(id);
      if (!found || !canView(c, found.owner)) throw jobNotFound(id);
      return next();
    },
    batch: async (c, next) => {
      const id = c.req.param("id") ?? "";
      const batch = isBatchId(id) ? await queue.readBatch(id) : undefined;
      if (batch === undefined || !canView(c, batch.owner)) {
        throw new PrecisError("batch_not_found", `Batch ${id.slice(0, 100)} does not exist or has expired`);
      }
      c.set("batch", batch);
      return next();
    },
  };
}
