import { PrecisError } from "@precis/contracts";
import type { Context, MiddlewareHandler } from "hono";

/** The media type of a request body, without parameters; "" when there is none. */
export function mediaTypeOf(c: Context): string {
  const contentType = c.req.header("content-type");
  if (contentType === undefined || contentType === "application/json") return contentType ?? "";
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

/** Rejects bodies of other media types than these, and compressed ones. */
export function requireMediaType(accepted: readonly string[]): MiddlewareHandler {
  const allowed = new Intl.ListFormat("en", { type: "disjunction" }).format(accepted);
  return (c, next) => {
    const mediaType = mediaTypeOf(c);
    if (!accepted.includes(mediaType)) {
      const given = mediaType === "" ? "no content-type" : mediaType.slice(0, 100);
      throw new PrecisError("unsupported_media_type", `must be ${allowed} (got ${given})`, { field: "content-type" });
    }
    rejectCompressed(c);
    return next();
  };
}

/** @throws {PrecisError} `unsupported_media_type` */
export function rejectCompressed(c: Context): void {
  const encoding = c.req.header("content-encoding");
  if (encoding === undefined || encoding.trim().toLowerCase() === "identity") return;
  const message = `compressed bodies are not supported (got ${encoding.slice(0, 40)})`;
  throw new PrecisError("unsupported_media_type", message, { field: "content-encoding" });
}
