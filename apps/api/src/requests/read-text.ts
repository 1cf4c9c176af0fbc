import { PrecisError } from "@precis/contracts";
import type { Context } from "hono";

/**
 * The body of a request as text, decoded by the charset of its content-type, UTF-8 by default. Nothing is replaced: bytes that
 * are not valid in that charset are an error.
 *
 * @throws {PrecisError} `bad_request` when the client disconnects before the end of the body, `unsupported_media_type` for a
 * compressed body or an unknown charset, `invalid_request` for invalid bytes
 */
export async function readText(c: Context, field = "body"): Promise<string> {
  rejectCompressed(c);
  return decodeText(await readBytes(c), charsetOf(c.req.header("content-type")), field);
}

/** The body of a request. @throws {PrecisError} `bad_request` when the client disconnects before its end */
export async function readBytes(c: Context): Promise<ArrayBuffer> {
  try {
    return await c.req.arrayBuffer();
  } catch (cause) {
    throw new PrecisError("bad_request", "The connection closed before the end of the body", { cause });
  }
}

/** @throws {PrecisError} `unsupported_media_type` */
export function rejectCompressed(c: Context): void {
  const encoding = c.req.header("content-encoding");
  if (encoding === undefined || encoding.trim().toLowerCase() === "identity") return;
  const message = `compressed bodies are not supported (got ${encoding.slice(0, 40)})`;
  throw new PrecisError("unsupported_media_type", message, { field: "content-encoding" });
}

/** The charset parameter of a media type; UTF-8 when there is none. */
export function charsetOf(contentType: string | undefined): string {
  for (const parameter of (contentType ?? "").split(";").slice(1)) {
    const [name = "", value = ""] = parameter.split("=");
    if (name.trim().toLowerCase() === "charset") return value.trim().replace(/^"|"$/g, "");
  }
  return "utf-8";
}

/** @throws {PrecisError} `unsupported_media_type` for an unknown charset, `invalid_request` for bytes that are not in it */
export function decodeText(bytes: ArrayBuffer | Uint8Array, charset: string, field: string): string {
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
    throw new PrecisError("invalid_request", message, { field, cause });
  }
}
