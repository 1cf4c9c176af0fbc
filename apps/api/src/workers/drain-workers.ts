import { setTimeout as sleep } from "node:timers/promises";
import { type Acknowledgement, modelNameSchema, modelNames } from "@precis/contracts";
import { type CommandRequest, type FleetAnswer, readWorkers, sendCommand } from "@precis/control";
import { z } from "zod";
import { answerWithinMs } from "../memory/load-and-unload.js";
import type { Parts } from "../parts.js";

/** Body of `POST /admin/fleet/commands`. */
export const fleetCommandSchema = z.strictObject({
  action: z.enum(["load", "unload", "pause", "resume", "drain"]),
  models: z
    .array(modelNameSchema)
    .min(1)
    .default([...modelNames]),
  /** Every worker when absent. */
  workers: z.array(z.string()).min(1).optional(),
  mode: z.enum(["drain", "now"]).default("drain"),
});
export type FleetCommand = z.infer<typeof fleetCommandSchema>;

const lookEveryMs = 100;

/**
 * Carries out what a button of the fleet page says. To drain a worker is to let it take no new jobs, wait until those it
 * has are done, and then free its models.
 */
export async function carryOutAction(
  { redis, keys }: Parts,
  command: FleetCommand,
  onAcknowledgement: (acknowledgement: Acknowledgement) => void,
): Promise<FleetAnswer> {
  const { action, models, mode } = command;
  const workers = command.workers === undefined ? {} : { workers: command.workers };
  const send = (request: CommandRequest, ms = answerWithinMs) =>
    sendCommand(redis, keys, request, ms, onAcknowledgement);
  switch (action) {
    case "load":
      return send({ type: "load", models, ...workers });
    case "unload":
      return send({ type: "unload", models, mode, ...workers });
    case "pause":
    case "resume":
      return send({ type: "pause", paused: action === "pause", ...workers });
    case "drain": {
      const deadline = Date.now() + answerWithinMs;
      const paused = await sendCommand(redis, keys, { type: "pause", paused: true, ...workers }, answerWithinMs);
      if (paused.acknowledgements.length === 0) return paused;
      const obeyed = paused.acknowledgements.map(({ workerId }) => workerId);
      while (Date.now() < deadline - lookEveryMs && (await anyBusy(obeyed))) await sleep(lookEveryMs);
      const rest = Math.max(1_000, deadline - Date.now());
      const unloaded = await send({ type: "unload", models: [...modelNames], mode: "drain", workers: obeyed }, rest);
      return { ...unloaded, silent: [...paused.silent, ...unloaded.silent].sort(), unknown: paused.unknown };
    }
  }

  async function anyBusy(ids: readonly string[]): Promise<boolean> {
    const live = await readWorkers(redis, keys);
    return live.some((worker) => ids.includes(worker.id) && worker.models.some(({ in_flight }) => in_flight > 0));
  }
}
