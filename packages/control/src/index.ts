export { commandResult } from "./command-result.js";
export {
  type CounterTotal,
  countTotals,
  type HistogramTotal,
  readTotals,
  type Totals,
  type TotalsCounter,
} from "./count-totals.js";
export { type CommandListener, listenForCommands } from "./listen-for-commands.js";
export { publishMemoryEvent } from "./publish-memory-event.js";
export { publishTelemetry, retireWorker, workerExpiryMs } from "./publish-telemetry.js";
export { type MemoryLines, readMemoryLines } from "./read-memory-lines.js";
export { readHistory, readWorkers } from "./read-telemetry.js";
export { type CommandRequest, type SendOptions, sendCommand } from "./send-command.js";
export { encodeSample } from "./stored-sample.js";
