import type { ServerResponse } from "node:http";
import type { Context } from "hono";

/**
 * Sets a header of the answer, whatever becomes of it. Where Node's own response is at hand it is set there: the first
 * header given to Hono makes it build a web `Headers`, and everything after that read from it.
 */
export function setAnswerHeader(c: Context, name: string, value: string): void {
  const outgoing = (c.env as { outgoing?: ServerResponse } | undefined)?.outgoing;
  if (outgoing === undefined || outgoing.headersSent) c.header(name, value);
  else outgoing.setHeader(name, value);
}

/** An answer of JSON text without a header beside its type; others are set by `setAnswerHeader`. */
export function jsonAnswer(c: Context, text: string, status: 200 | 202): Response {
  // What middleware has set on Hono's side must not get lost; without it the header stays a plain object.
  return c.body(text, status, { "Content-Type": "application/json" });
}
