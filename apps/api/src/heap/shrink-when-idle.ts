import type { Server } from "node:http";
import { shrinkHeap, youngGenerationBytes } from "./shrink-heap.js";

const intervalMs = 5_000;
/** An interval with at most so many requests is idle: probes and scrapes do not count as work. */
const maxIdleRequests = 50;
/** A young generation up to this size is not worth shrinking. */
const minBytes = 2_097_152;

/**
 * Releases memory while there are few requests: a young generation that may grow to 16 MiB is worth a tenth more submissions a
 * second, but would keep that size forever after one busy minute.
 */
export function shrinkWhenIdle(server: Server): void {
  let requests = 0;
  server.on("request", () => {
    requests += 1;
  });
  setInterval(() => {
    if (requests <= maxIdleRequests && youngGenerationBytes() > minBytes) shrinkHeap();
    requests = 0;
  }, intervalMs).unref();
}
