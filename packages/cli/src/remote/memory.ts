import { parseArgs } from "node:util";
import type { Memory, MemoryCommand, ModelName } from "@precis/client";
import { modelNames } from "@precis/contracts";
import { UsageError } from "../usage-error.js";
import { clientFor, connectionOptions } from "./connection.js";
import { formatMegabytes, reportResult } from "./report-result.js";

/** `precis memory`: what every worker holds. */
export async function memory(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({ args, options: connectionOptions });
  const answer = await clientFor(values, env).memory();
  console.log(values.json ? JSON.stringify(answer, null, 2) : describe(answer));
  return 0;
}

/** `precis unload [MODEL…]`: gives memory back, and says what came of it. */
export async function unload(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...connectionOptions,
      worker: { type: "string", multiple: true },
      now: { type: "boolean", default: false },
    },
  });
  const command = toCommand(positionals, values.worker);
  return reportResult(
    await clientFor(values, env).unload({ ...command, ...(values.now ? { mode: "now" } : {}) }),
    values.json,
  );
}

/** `precis load [MODEL…]`: loads models before they are needed. */
export async function load(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { ...connectionOptions, worker: { type: "string", multiple: true } },
  });
  return reportResult(await clientFor(values, env).load(toCommand(positionals, values.worker)), values.json);
}

function toCommand(models: string[], workers: string[] | undefined): MemoryCommand {
  const unknown = models.find((name) => !modelNames.some((known) => known === name));
  if (unknown !== undefined) throw new UsageError(`${unknown}: must be one of ${modelNames.join(", ")}`);
  return {
    ...(models.length === 0 ? {} : { models: models as ModelName[] }),
    ...(workers === undefined ? {} : { workers }),
  };
}

function describe({ workers, totals }: Memory): string {
  const lines = workers.flatMap(({ id, status, memory: use, models }) => [
    `${id}  ${status}  ${formatMegabytes(use.current)} of ${formatMegabytes(use.limit)}`,
    ...models.map(({ model, state, rss, in_flight }) =>
      `  ${model.padEnd(4)}  ${state.padEnd(9)}  ${formatMegabytes(rss).padStart(8)}  ${in_flight > 0 ? `${in_flight} at work` : ""}`.trimEnd(),
    ),
  ]);
  return [...lines, `${totals.workers} worker${totals.workers === 1 ? "" : "s"}, ${formatMegabytes(totals.rss)}`].join(
    "\n",
  );
}
