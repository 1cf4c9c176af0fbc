import type { Config } from "./load-config.js";

/** Whether traces are to be sent: `TRACES`, and with `auto` whether there is somewhere to send them. */
export function tracesWanted({ traces, tracesEndpoint, tracesOnlyEndpoint }: Config): boolean {
  return traces === "otlp" || (traces === "auto" && (tracesEndpoint ?? tracesOnlyEndpoint) !== undefined);
}
