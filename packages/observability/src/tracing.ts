import type { Tracing, TracingOptions } from "./trace-with-otel.js";

export type { BullTelemetry, Carrier, Tracing } from "./trace-with-otel.js";

/** What tracing is while it is off: nothing at all. */
export const noTracing: Tracing = {
  bull: undefined,
  carrier: () => undefined,
  span: (_name, _options, work) => work({ set: () => {} }),
  stop: async () => {},
};

/** Starts tracing when it is wanted. While it is off no OpenTelemetry package is loaded. */
export async function startTracing(options: TracingOptions & { enabled: boolean }): Promise<Tracing> {
  if (!options.enabled) return noTracing;
  const { traceWithOtel } = await import("./trace-with-otel.js");
  return traceWithOtel(options);
}
