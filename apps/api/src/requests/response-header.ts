import type { ServerResponse } from "node:http";
import type { Context } from "hono";

/**
 * Sets a header of the response, whatever the status will be. Sets it on Node's own response where there is one: the first
 * header given to Hono makes it build a web `Headers` object, which all later headers then go through.
 */
export function setResponseHeader(c: Context, name: string, value: string): void {
  const outgoing = (c.env as { outgoing?: ServerResponse } | undefined)?.outgoing;
  if (outgoing === undefined || outgoing.headersSent) c.header(name, value);
  else outgoing.setHeader(name, value);
}

/** A response with a body that is JSON already. Other headers are set by `setResponseHeader`. */
export function jsonResponse(c: Context, json: string, status: 200 | 202): Response {
  // `c.body` keeps headers set by middleware; with none set the headers stay a plain object.
  return c.body(json, status, { "Content-Type": "application/json" });
}
