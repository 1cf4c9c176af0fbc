import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { type CommandResult, type WorkerResult, workersRequestSchema } from "@precis/contracts";
import { z } from "zod";
import { answerCommand, commandResponses } from "./answer-command.js";

/** Which workers a command addresses: all of them when `workers` is absent. */
export interface AddressedWorkers {
  workers?: string[];
}

export interface WorkerAction {
  name: "pause" | "resume" | "drain";
  summary: string;
  description: string;
  send(addressed: AddressedWorkers, onWorker: (worker: WorkerResult) => void): Promise<CommandResult>;
}

const workerParams = z.object({
  id: z.string().meta({ description: "Id of the worker, from `GET /memory`.", example: "host-1-4711" }),
});

/** Registers `POST /workers/<action>` and `POST /workers/{id}/<action>`. */
export function workerRoutes(app: OpenAPIHono, { name, summary, description, send }: WorkerAction): void {
  const all = createRoute({
    method: "post",
    path: `/workers/${name}`,
    summary: `${summary}: all workers, or some of them`,
    description,
    request: { body: { required: false, content: { "application/json": { schema: workersRequestSchema } } } },
    responses: commandResponses,
  });
  const one = createRoute({
    method: "post",
    path: `/workers/{id}/${name}`,
    summary: `${summary}: one worker`,
    description,
    request: { params: workerParams },
    responses: commandResponses,
  });
  // The handlers are registered separately from the descriptions: the body may be empty, whatever its content type.
  app.openAPIRegistry.registerPath(all);
  app.openAPIRegistry.registerPath(one);
  app.post(all.path, (c) =>
    answerCommand(c, workersRequestSchema, ({ workers }, onWorker) =>
      send(workers === undefined ? {} : { workers }, onWorker),
    ),
  );
  app.post(`/workers/:id/${name}`, (c) =>
    answerCommand(c, z.strictObject({}), (_, onWorker) => send({ workers: [c.req.param("id")] }, onWorker)),
  );
}
