import { PrecisError } from "@precis/contracts";
import type { Context } from "hono";
import { mediaTypeOf } from "../requests/media-type.js";
import { readJson } from "../requests/read-json.js";
import { readText } from "../requests/read-text.js";
import { parseFormSubmission } from "./parse-form-submission.js";
import { parseOptions } from "./parse-options.js";

/** Media types of a submission. */
export const submissionMediaTypes = ["application/json", "text/plain", "multipart/form-data"] as const;

/**
 * The submission in a request body, not validated yet: JSON as it is; the text of `text/plain` with options from the query;
 * the one `.txt` or `.md` file of a multipart form with options from the other fields.
 *
 * @throws {PrecisError} `invalid_json`, `invalid_request` or `unsupported_media_type`
 */
export async function parseSubmission(c: Context): Promise<unknown> {
  const mediaType = mediaTypeOf(c);
  if (mediaType === "text/plain") return parseTextSubmission(c);
  rejectQuery(c);
  return mediaType === "multipart/form-data" ? parseFormSubmission(c) : readJson(c);
}

async function parseTextSubmission(c: Context): Promise<unknown> {
  const options = Object.entries(c.req.queries()).map(
    ([name, values]) => [name, values.length > 1 ? values : values[0]] as const,
  );
  const text = await readText(c, "text");
  const fields = parseOptions(options);
  if ("text" in fields) {
    throw new PrecisError("invalid_request", "must be the body of a text/plain request, not in its query", {
      field: "text",
    });
  }
  return { ...fields, text };
}

/** An option in the query of another media type would be silently ignored. */
function rejectQuery(c: Context): void {
  if (!c.req.url.includes("?")) return;
  const [name] = Object.keys(c.req.queries());
  if (name === undefined) return;
  const message = "only text/plain takes options in the query; send it in the body";
  throw new PrecisError("invalid_request", message, { field: name.slice(0, 100) });
}
