import {
  type CommandLine,
  type CommandResult,
  commandLineSchema,
  commandResultSchema,
  type WorkerResult,
} from "@precis/contracts";
import type { SendOptions } from "@precis/control";
import type { Handler } from "hono";
import { stream } from "hono/streaming";
import type { z } from "zod";
import { problemContent } from "../problem/problem.js";
import { parseRequest } from "../requests/parse-request.js";
import { parseJson } from "../requests/read-json.js";
import { readText } from "../requests/read-text.js";
import type { RouteDocs } from "../route.js";
import type { Services } from "../services.js";

/** How long the workers have to answer a command. */
const timeoutMs = 30_000;

const linesType = "application/x-ndjson";

/** The responses of every route that sends a command to the workers. */
export const commandResponses: RouteDocs["responses"] = {
  200: {
    description:
      "What each worker did; `status` is `ok` only when all of them did it. With `Accept: application/x-ndjson` each " +
      "worker is a line as soon as it answers, and the whole result is the last line.",
    content: {
      "application/json": { schema: commandResultSchema },
      [linesType]: { schema: commandLineSchema },
    },
  },
  400: { description: "Invalid JSON", content: problemContent },
  422: { description: "Invalid request", content: problemContent },
  503: { description: "Redis is unavailable", content: problemContent },
};

/**
 * A handler that parses the body, sends a command and responds with its result: as JSON, or as lines when the caller accepts
 * them. An empty body, whatever its content type, means every default. While the API stops it responds with what the
 * workers have answered so far.
 */
export function answerCommand<Body extends z.ZodType>(
  { stopping }: Services,
  schema: Body,
  send: (body: z.output<Body>, options: SendOptions, params: Record<string, string>) => Promise<CommandResult>,
): Handler {
  return async (c) => {
    const text = await readText(c);
    const body = parseRequest(schema, text.trim() === "" ? {} : parseJson(text));
    const sendIt = (onWorker: (worker: WorkerResult) => void) =>
      send(body, { timeoutMs, onWorker, signal: stopping }, c.req.param());
    if (!/\bapplication\/x-ndjson\b/i.test(c.req.header("accept") ?? "")) return c.json(await sendIt(() => {}));
    c.header("content-type", linesType);
    // nginx would otherwise hold the lines back.
    c.header("x-accel-buffering", "no");
    return stream(c, async (lines) => {
      const write = (line: CommandLine) => void lines.writeln(JSON.stringify(line));
      write({ result: await sendIt((worker) => write({ worker })) });
    });
  };
}
