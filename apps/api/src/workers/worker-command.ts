import { type CommandResult, omitUndefined, workersRequestSchema } from "@precis/contracts";
import type { SendOptions } from "@precis/control";
import { z } from "zod";
import type { Route } from "../route.js";
import type { Services } from "../services.js";
import { answerCommand, commandResponses } from "./answer-command.js";

/** Which workers a command addresses: all of them when `workers` is absent. */
export interface AddressedWorkers {
  workers?: string[];
}

/** A command that can be sent to all workers, to some, or to one. */
export interface WorkerCommand {
  summary: string;
  description: string;
  send(services: Services, addressed: AddressedWorkers, options: SendOptions): Promise<CommandResult>;
}

const params = z.object({
  id: z.string().meta({ description: "Id of the worker, from `GET /memory`.", example: "host-1-4711" }),
});

/** The row of `POST /workers/<command>`: all workers, or those that the body names. */
export function toWorkers({ summary, description, send }: WorkerCommand): Pick<Route, "docs" | "handler"> {
  return {
    docs: {
      summary: `${summary}: all workers, or some of them`,
      description,
      request: { body: { required: false, content: { "application/json": { schema: workersRequestSchema } } } },
      responses: commandResponses,
    },
    handler: (services) =>
      answerCommand(services, workersRequestSchema, ({ workers }, options) =>
        send(services, omitUndefined({ workers }), options),
      ),
  };
}

/** The row of `POST /workers/{id}/<command>`. */
export function toWorker({ summary, description, send }: WorkerCommand): Pick<Route, "docs" | "handler"> {
  return {
    docs: { summary: `${summary}: one worker`, description, request: { params }, responses: commandResponses },
    handler: (services) =>
      answerCommand(services, z.strictObject({}), (_, options, { id = "" }) =>
        send(services, { workers: [id] }, options),
      ),
  };
}
