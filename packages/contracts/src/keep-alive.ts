import { z } from "zod";
import { parseDurationOrNever } from "./duration.js";

/** Milliseconds of a `keep_alive`, -1 for ever; `undefined` when it is none. */
export function parseKeepAlive(given: string | number): number | undefined {
  const ms = parseDurationOrNever(String(given));
  return ms === undefined || ms > Number.MAX_SAFE_INTEGER ? undefined : ms;
}

/** How long a request wants its model kept loaded after it. */
export const keepAliveSchema = z
  .union([z.string(), z.number()], { error: "must be a duration or a number of seconds" })
  .refine((given) => parseKeepAlive(given) !== undefined, {
    error: (issue) =>
      `must be a duration such as "5m" or a number of seconds, 0 to unload at once, -1 to keep it for ever; got ${JSON.stringify(issue.input)}`,
  })
  .meta({
    description:
      "How long the model stays loaded after this job: a duration such as `5m`, seconds as a number, `0` to unload it at once, `-1` to keep it. The longest wish among the jobs that run together counts. Default: the worker's `MODEL_IDLE_TTL`.",
    example: "5m",
  });
