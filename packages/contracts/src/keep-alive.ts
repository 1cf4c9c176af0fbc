import { z } from "zod";
import { parseDurationOrNever } from "./duration.js";
import { describeInput } from "./whole-number.js";

/** Milliseconds of a `keep_alive`, -1 forever; `undefined` for anything else. */
export function parseKeepAlive(given: string | number): number | undefined {
  const ms = parseDurationOrNever(String(given));
  return ms === undefined || ms > Number.MAX_SAFE_INTEGER ? undefined : ms;
}

/** How long the model stays loaded after a job. */
export const keepAliveSchema = z
  .union([z.string(), z.number()], { error: "must be a duration or a number of seconds" })
  .refine((given) => parseKeepAlive(given) !== undefined, {
    error: (issue) =>
      `must be a duration such as "5m", or a number of seconds: 0 unloads at once, -1 never (got ${describeInput(issue.input)})`,
  })
  .meta({
    description:
      "How long the model stays loaded after this job: a duration such as `5m`, a number of seconds, `0` to unload at once, `-1` to keep it loaded. The longest value among concurrent jobs wins. Default: `MODEL_IDLE_TTL` of the worker.",
    example: "5m",
  });
