import type { IncomingMessage } from "node:http";
import type { Config } from "@precis/config";
import { PrecisError } from "@precis/contracts";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";

/** JSON may escape each byte of a text as six. */
const maxEscapedBytes = 6;
/** Room for the other fields beside the text. */
const otherFieldsBytes = 4_096;
/** Commands and forms contain no text. */
const smallBodyBytes = 65_536;

/** Size class of a request body: `text` has room for a text of `TEXT_MAX_BYTES`, `small` for commands and forms. */
export type BodySize = "text" | "small";

export function maxBodyBytes(size: BodySize, { textMaxBytes }: Pick<Config, "textMaxBytes">): number {
  return size === "small" ? smallBodyBytes : textMaxBytes * maxEscapedBytes + otherFieldsBytes;
}

/** Rejects a body that declares too many bytes before any of it is read, any other as soon as it has too many. */
export function limitBody(maxBytes: number): MiddlewareHandler {
  const reject = (): never => {
    throw new PrecisError("payload_too_large", `The body must have at most ${maxBytes} bytes`);
  };
  const countBytes = bodyLimit({ maxSize: maxBytes, onError: reject });
  return (c, next) => {
    // Node holds a body to its declared length. Hono's limit touches the body even of a GET, which turns Node's request into
    // a web request; that costs more than everything else about reading a job.
    const headers = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming?.headers;
    if (headers === undefined || headers["transfer-encoding"] !== undefined) return countBytes(c, next);
    return Number(headers["content-length"] ?? 0) > maxBytes ? reject() : next();
  };
}
