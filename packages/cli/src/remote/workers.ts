import type { ApiOptions } from "./api-options.js";
import { clientFor } from "./connection.js";
import { reportResult } from "./report-result.js";

interface Targets extends ApiOptions {
  /** Worker ids; empty for all. */
  worker?: string[];
}

/** `precis pause [WORKER…]` */
export const pauseWorkers = (options: Targets, env: NodeJS.ProcessEnv) => send("pause", options, env);

/** `precis resume [WORKER…]` */
export const resumeWorkers = (options: Targets, env: NodeJS.ProcessEnv) => send("resume", options, env);

/** `precis drain [WORKER…]` */
export const drainWorkers = (options: Targets, env: NodeJS.ProcessEnv) => send("drain", options, env);

async function send(
  command: "pause" | "resume" | "drain",
  { worker: workers = [], ...options }: Targets,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const result = await clientFor(options, env)[command](workers.length === 0 ? {} : { workers });
  return reportResult(result, options.json);
}
