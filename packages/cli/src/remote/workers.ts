import { parseArgs } from "node:util";
import { clientFor, connectionOptions } from "./connection.js";
import { reportResult } from "./report-result.js";

type WorkerCommand = "pause" | "resume" | "drain";

/** `precis pause|resume|drain [WORKER…]`: all workers, or those named. */
export function workers(command: WorkerCommand): (args: string[], env: NodeJS.ProcessEnv) => Promise<number> {
  return async (args, env) => {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: connectionOptions });
    const addressed = positionals.length === 0 ? {} : { workers: positionals };
    return reportResult(await clientFor(values, env)[command](addressed), values.json);
  };
}
