import { PrecisError } from "@precis/contracts";
import type { Context } from "hono";
import type { z } from "zod";
import { issueMessage, validationError } from "../problem/validation-error.js";
import { findOversizedField } from "./json-size.js";

/** What a request contains, parsed by its schema. @throws {PrecisError} `invalid_request` with every invalid field */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  rejectOversized(given);
  return validate(schema, given);
}

/** @throws {PrecisError} `invalid_request` for a field that is larger than any valid one */
export function rejectOversized(given: unknown): void {
  const oversized = findOversizedField(given);
  if (oversized !== undefined) throw new PrecisError("invalid_request", oversized.message, { field: oversized.field });
}

/** The same as `parseRequest`, for a value whose size is bounded in another way. */
export function validate<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given, { error: issueMessage });
  if (!parsed.success) throw validationError(parsed.error);
  return parsed.data;
}

/** The query of a request, parsed by its schema. A repeated parameter is an array. */
export function parseQuery<Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> {
  const query = Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
  );
  return parseRequest(schema, query);
}
