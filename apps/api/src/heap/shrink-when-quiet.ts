import type { Server } from "node:http";
import { shrinkHeap, youngRoom } from "./shrink-heap.js";

/** Starting leaves memory behind too, and so does every busy time. */
const lookEveryMs = 5_000;
/** With so many requests since the last look, or fewer, it is quiet: probes and scrapes do not count as work. */
const quietRequests = 50;
/** What the young generation takes when it is worth the time, in bytes. */
const worthShrinking = 2_097_152;

/**
 * Gives memory back while little is asked: a young generation that may grow to 16 MiB is worth a tenth more submissions a
 * second, and would hold that room for good after one busy minute.
 */
export function shrinkWhenQuiet(server: Server): void {
  let asked = 0;
  server.on("request", () => {
    asked += 1;
  });
  setInterval(() => {
    if (asked <= quietRequests && youngRoom() > worthShrinking) shrinkHeap();
    asked = 0;
  }, lookEveryMs).unref();
}
