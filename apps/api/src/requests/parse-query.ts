import type { Context } from "hono";
import type { z } from "zod";
import { validationError } from "../problem/validation-error.js";

/** The query of a request, parsed by its schema. A parameter that is repeated is an array. */
export function parseQuery<Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> {
  const query = Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
  );
  const parsed = schema.safeParse(query);
  if (!parsed.success) throw validationError(parsed.error);
  return parsed.data;
}
