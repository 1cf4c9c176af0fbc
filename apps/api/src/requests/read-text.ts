import { PrecisError } from "@precis/contracts";
import type { Context } from "hono";
import { mediaTypeOf, rejectCompressed } from "./media-type.js";

/**
 * The body of a request as text, decoded by the charset of its content-type, UTF-8 by default. Nothing is replaced: bytes that
 * are not valid in that charset are an error.
 *
 * @throws {PrecisError} `bad_request` when the client disconnects before the end of the body, `unsupported_media_type` for a
 * compressed body or an unknown charset, `bad_request` (JSON: `invalid_json`) for invalid bytes
 */
export async function readText(c: Context, field = "body"): Promise<string> {
  rejectCompressed(c);
  const code = mediaTypeOf(c) === "application/json" ? "invalid_json" : "bad_request";
  return decodeText(await readBytes(c), { charset: charsetOf(c.req.header("content-type")), field, code });
}

/** The body of a request. @throws {PrecisError} `bad_request` when the client disconnects before its end */
export async function readBytes(c: Context): Promise<ArrayBuffer> {
  try {
    return await c.req.arrayBuffer();
  } catch (cause) {
    throw new PrecisError("bad_request", "The connection closed before the end of the body", { cause });
  }
}

/** The charset parameter of a media type; UTF-8 when there is none. */
export function charsetOf(contentType: string | undefined): string {
  for (const parameter of (contentType ?? "").split(";").slice(1)) {
    const [name = "", value = ""] = parameter.split("=");
    if (name.trim().toLowerCase() === "charset") return value.trim().replace(/^"|"$/g, "");
  }
  return "utf-8";
}

export interface DecodeOptions {
  charset: string;
  /** What is decoded, for the error. */
  field: string;
  /** Code of the error for bytes that are not valid in the charset. */
  code?: "bad_request" | "invalid_json";
}

/** @throws {PrecisError} `unsupported_media_type` for an unknown charset, `code` for bytes that are not valid in it */
export function decodeText(bytes: ArrayBuffer | Uint8Array, options: DecodeOptions): string {
  const { charset, field, code = "bad_request" } = options;
  const name = charset.slice(0, 40);
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch (cause) {
    throw new PrecisError("unsupported_media_type", `unknown charset ${name}`, { field: "content-type", cause });
  }
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    const message = `is not valid ${name}; name another charset in the content-type`;
    throw new PrecisError(code, message, { field, cause });
  }
}
