export { handleShutdown, type Shutdown } from "./handle-shutdown.js";
export { limitRepeats, type RepeatLimit } from "./limit-repeats.js";
export { logClock, logNotices } from "./log-redis.js";
export { createLogger, type Logger } from "./logger.js";
export { type BullTelemetry, type Carrier, noTracing, startTracing, type Tracing } from "./tracing.js";
