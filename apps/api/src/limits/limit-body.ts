import type { IncomingMessage } from "node:http";
import type { Config } from "@precis/config";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { problem } from "../problem/problem.js";

/** JSON may escape every character of a text as six bytes. */
const escapedBytes = 6;
/** Names, lengths and brackets around the text. */
const envelopeBytes = 4_096;
/** Commands and forms hold no text. */
const smallBytes = 65_536;

/** Most bytes a body with one text may have. */
export function textBodyBytes({ textMaxBytes }: Pick<Config, "textMaxBytes">): number {
  return textMaxBytes * escapedBytes + envelopeBytes;
}

/** 413 for a body that says it is too large before any of it is read, and for one that turns out so as soon as it does. */
export function limitBody(most: number = smallBytes): MiddlewareHandler {
  const tooLarge = (c: Context) => problem(c, "payload_too_large", `the body has more than ${most} bytes`);
  const counting = bodyLimit({ maxSize: most, onError: tooLarge });
  return (c, next) => {
    // Node holds a body to the length it declares. Looking at the body itself, as Hono's limit does even for a GET, makes
    // of Node's request a web one, which costs more than all the rest of a status read.
    const headers = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming?.headers;
    if (headers === undefined || headers["transfer-encoding"] !== undefined) return counting(c, next);
    return Number(headers["content-length"] ?? 0) > most ? Promise.resolve(tooLarge(c)) : next();
  };
}
