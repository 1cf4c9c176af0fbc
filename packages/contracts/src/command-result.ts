import { z } from "zod";
import { acknowledgementSchema } from "./control.js";

/** One worker's part of a command's result. */
export const workerResultSchema = acknowledgementSchema.omit({ workerId: true, commandId: true }).extend({
  id: z.string(),
  freed: z.int().nonnegative().meta({ description: "Bytes of resident memory freed." }),
});
export type WorkerResult = z.infer<typeof workerResultSchema>;

/** The result of a command to the workers: answer of `POST /memory/*` and `POST /workers/*`. */
export const commandResultSchema = z
  .object({
    status: z.enum(["ok", "partial", "no-workers"]).meta({
      description: "`ok` only when every addressed worker has carried out the command; `partial` names the others.",
    }),
    message: z.string(),
    command: z.string().meta({ description: "Id of the command; the workers log it." }),
    workers: z.array(workerResultSchema),
    no_answer: z.array(z.string()).meta({ description: "Live workers that did not answer in time." }),
    unknown_workers: z.array(z.string()).meta({ description: "Requested ids that no live worker has." }),
  })
  .meta({ id: "CommandResult" });
export type CommandResult = z.infer<typeof commandResultSchema>;

/** A line of the result as `application/x-ndjson`: each worker as it answers, then the whole result. */
export const commandLineSchema = z
  .union([z.object({ worker: workerResultSchema }), z.object({ result: commandResultSchema })])
  .meta({ id: "CommandLine" });
export type CommandLine = z.infer<typeof commandLineSchema>;

/** Body of `POST /workers/pause`, `resume` and `drain`; an empty body addresses every worker. */
export const workersRequestSchema = z
  .strictObject({
    workers: z.array(z.string()).min(1).optional().meta({ description: "Worker ids; every worker when absent." }),
  })
  .meta({ id: "WorkersRequest" });
