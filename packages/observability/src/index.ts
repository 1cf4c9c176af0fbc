export { createLogger, type Logger } from "./logger.js";
export { type BullTelemetry, type Carrier, noTracing, startTracing, type Tracing } from "./tracing.js";
