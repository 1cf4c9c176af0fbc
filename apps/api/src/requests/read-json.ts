import { PrecisError } from "@precis/contracts";
import type { Context } from "hono";

/** The parsed JSON body of a request. @throws {PrecisError} `invalid_json`, or `bad_request` when the client disconnects */
export async function readJson(c: Context): Promise<unknown> {
  return parseJson(await readText(c));
}

/** @throws {PrecisError} `invalid_json` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = (cause as Error).message.slice(0, 200);
    throw new PrecisError("invalid_json", `The body is not valid JSON: ${reason}`, { cause });
  }
}

/** The body of a request as text. @throws {PrecisError} `bad_request` when the client disconnects before its end */
export async function readText(c: Context): Promise<string> {
  try {
    return await c.req.text();
  } catch (cause) {
    throw new PrecisError("bad_request", "The connection closed before the end of the body", { cause });
  }
}
