import {
  type CommandLine,
  type CommandResult,
  commandLineSchema,
  commandResultSchema,
  type WorkerResult,
} from "@precis/contracts";
import type { Context } from "hono";
import { stream } from "hono/streaming";
import type { z } from "zod";
import { invalidRequest, problem, problemContent } from "../problem/problem.js";

/** How long the workers have to answer a command. */
export const answerWithinMs = 30_000;

const linesType = "application/x-ndjson";

/** The responses of every route that sends a command to the workers. */
export const commandResponses = {
  200: {
    description:
      "What each worker did; `status` is `ok` only when all of them did it. With `Accept: application/x-ndjson` each " +
      "worker is a line as soon as it answers, and the whole result is the last line.",
    content: {
      "application/json": { schema: commandResultSchema },
      [linesType]: { schema: commandLineSchema },
    },
  },
  400: { description: "The body is not JSON", content: problemContent },
  422: { description: "The request is not valid", content: problemContent },
  503: { description: "Redis is not reachable", content: problemContent },
};

type OnWorker = (worker: WorkerResult) => void;

/**
 * Parses the body, sends the command and responds with its result: as JSON, or as lines when the caller accepts them. An
 * empty body, whatever its content type, means every default.
 */
export async function answerCommand<Body extends z.ZodType>(
  c: Context,
  schema: Body,
  send: (body: z.output<Body>, onWorker: OnWorker) => Promise<CommandResult>,
): Promise<Response> {
  const text = await c.req.text();
  let given: unknown = {};
  try {
    if (text.trim() !== "") given = JSON.parse(text);
  } catch {
    return problem(c, "invalid_json", "the body cannot be read as JSON");
  }
  const body = schema.safeParse(given);
  if (!body.success) return invalidRequest(c, body.error);
  if (!/\bapplication\/x-ndjson\b/i.test(c.req.header("accept") ?? "")) {
    return c.json(await send(body.data, () => {}), 200);
  }
  c.header("content-type", linesType);
  // nginx would otherwise hold the lines back.
  c.header("x-accel-buffering", "no");
  return stream(c, async (lines) => {
    const write = (line: CommandLine) => void lines.writeln(JSON.stringify(line));
    write({ result: await send(body.data, (worker) => write({ worker })) });
  });
}
