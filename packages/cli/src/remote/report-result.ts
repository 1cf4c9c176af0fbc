import type { CommandResult } from "@precis/client";

export const formatMegabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

/** Prints the result of a command to the workers. Returns exit code 0 only when every addressed worker has carried it out. */
export function reportResult(result: CommandResult, json: boolean | undefined): number {
  if (json) console.log(JSON.stringify(result, null, 2));
  else {
    for (const { id, outcome, freed, models } of result.workers) {
      const parts = models.map(({ model, outcome: how }) => `${model} ${how}`).join(", ");
      console.log(`${id}  ${outcome}  ${freed > 0 ? `${formatMegabytes(freed)} freed  ` : ""}${parts}`.trimEnd());
    }
    for (const id of result.no_answer) console.log(`${id}  no-answer`);
    for (const id of result.unknown_workers) console.log(`${id}  unknown`);
    if (result.status !== "ok") console.error(`precis: ${result.message}`);
  }
  return result.status === "ok" ? 0 : 1;
}
