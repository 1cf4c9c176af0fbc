import type { Server } from "node:http";
import { shrinkHeap, youngRoom } from "./shrink-heap.js";

export interface QuietOptions {
  /** How often to look, in ms. Default 5 s: starting leaves memory behind too, and so does every busy time. */
  everyMs?: number;
  /** With so many requests since the last look, or fewer, it is quiet. Default 50: probes and scrapes do not count as work. */
  requests?: number;
  /** What the young generation takes when it is worth the time, in bytes. Default 2 MiB. */
  room?: number;
}

/**
 * Gives memory back while little is asked: a young generation that may grow to 16 MiB is worth a tenth more submissions a
 * second, and would hold that room for good after one busy minute.
 */
export function shrinkWhenQuiet(server: Server, options: QuietOptions = {}): void {
  const { everyMs = 5_000, requests = 50, room = 2_097_152 } = options;
  let asked = 0;
  server.on("request", () => {
    asked += 1;
  });
  setInterval(() => {
    if (asked <= requests && youngRoom() > room) shrinkHeap();
    asked = 0;
  }, everyMs).unref();
}
