import { PrecisError } from "@precis/contracts";
import type { Context } from "hono";
import { readText } from "./read-text.js";

/** The parsed JSON body of a request. @throws {PrecisError} `invalid_json`, and what `readText` throws */
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
