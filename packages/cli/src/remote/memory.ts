import type { Memory, MemoryCommand, ModelName } from "@precis/client";
import { omitUndefined } from "@precis/contracts";
import type { ApiOptions } from "./api-options.js";
import { clientFor } from "./connection.js";
import { formatMegabytes, reportResult } from "./report-result.js";

interface Targets extends ApiOptions {
  /** Empty for all. */
  model: ModelName[];
  worker?: string[];
}

/** `precis memory`: the memory of every worker. */
export async function showMemory(options: ApiOptions, env: NodeJS.ProcessEnv): Promise<number> {
  const memory = await clientFor(options, env).memory();
  console.log(options.json ? JSON.stringify(memory, null, 2) : describe(memory));
  return 0;
}

/** `precis unload [MODEL…]` */
export async function unloadModels(options: Targets & { now?: boolean }, env: NodeJS.ProcessEnv): Promise<number> {
  const mode = options.now ? "immediate" : "graceful";
  return reportResult(await clientFor(options, env).unload({ ...toCommand(options), mode }), options.json);
}

/** `precis load [MODEL…]` */
export async function loadModels(options: Targets, env: NodeJS.ProcessEnv): Promise<number> {
  return reportResult(await clientFor(options, env).load(toCommand(options)), options.json);
}

function toCommand({ model: models = [], worker: workers }: Targets): MemoryCommand {
  return { ...(models.length === 0 ? {} : { models }), ...omitUndefined({ workers }) };
}

function describe({ workers, totals }: Memory): string {
  const lines = workers.flatMap(({ id, status, memory: use, models }) => [
    `${id}  ${status}  ${formatMegabytes(use.current)} of ${formatMegabytes(use.limit)}`,
    ...models.map(({ model, state, rss, in_flight }) =>
      `  ${model.padEnd(4)}  ${state.padEnd(9)}  ${formatMegabytes(rss).padStart(8)}  ${in_flight > 0 ? `${in_flight} running` : ""}`.trimEnd(),
    ),
  ]);
  const paused = totals.paused_queues?.map((queue) => `the ${queue} queue is paused: no worker claims its jobs`) ?? [];
  return [
    ...lines,
    ...paused,
    `${totals.workers} worker${totals.workers === 1 ? "" : "s"}, ${formatMegabytes(totals.rss)}`,
  ].join("\n");
}
