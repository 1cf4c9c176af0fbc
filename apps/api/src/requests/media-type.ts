import { PrecisError } from "@precis/contracts";
import type { Context, MiddlewareHandler } from "hono";
import { rejectCompressed } from "./read-text.js";

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
