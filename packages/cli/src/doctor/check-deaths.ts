import type { MemoryEvent } from "@precis/contracts";
import { type Finding, failed, passed } from "./finding.js";

/** How far back deaths of model processes are reported. */
export const deathsSinceMs = 10 * 60_000;

/** Model processes that died or hung lately. The jobs inside were tried again, but something is wrong. */
export function checkDeaths(events: readonly MemoryEvent[]): Finding {
  const check = "model processes";
  const deaths = events.filter(({ kind }) => kind === "crash" || kind === "hang");
  const last = deaths.at(-1);
  if (last === undefined) return passed(check, "none died or hung in the last 10 minutes");
  const hangs = deaths.filter(({ kind }) => kind === "hang").length;
  const found = `in the last 10 minutes ${deaths.length - hangs} died and ${hangs} did not respond; the last on worker ${last.worker}: ${last.reason}`;
  return failed(
    check,
    found,
    "they have been replaced and their jobs tried again; when it goes on, the kernel's log says whether memory ran out, and jobs that failed with model_process_died name the text",
  );
}
