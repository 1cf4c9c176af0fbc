import { PrecisError } from "@precis/contracts";
import { getMultipartBoundary, type MultipartPart, parseMultipart } from "@remix-run/multipart-parser";
import type { Context } from "hono";
import { charsetOf, decodeText, readBytes } from "../requests/read-text.js";
import { parseOptions } from "./parse-options.js";

/** Browsers often send `.md` as octet-stream, so the file name decides. */
const textFile = /\.(txt|md)$/i;

/** More than there are options and metadata. */
const maxParts = 100;
const maxPartHeaderBytes = 8_192;

/** The text of the one file of a multipart form, with options from the other fields. */
export async function parseFormSubmission(c: Context): Promise<unknown> {
  const parts = parseParts(c.req.header("content-type") ?? "", new Uint8Array(await readBytes(c)));
  const files = parts.filter(({ filename }) => filename !== undefined);
  const fields = parseFields(parts.filter(({ filename }) => filename === undefined));
  const [file] = files;
  if (file === undefined) return fields;
  if (files.length > 1) {
    const message = `must be one file (got ${files.length}); use /api/v1/batches for more`;
    throw new PrecisError("invalid_request", message, { field: "file" });
  }
  const { filename = "" } = file;
  if (!textFile.test(filename)) {
    const message = `must be a .txt or .md file (got ${JSON.stringify(filename.slice(0, 100))})`;
    throw new PrecisError("unsupported_media_type", message, { field: "file" });
  }
  if ("text" in fields) {
    throw new PrecisError("invalid_request", "cannot be given together with a file", { field: "text" });
  }
  return { ...fields, text: decodePart(file, "file") };
}

function parseParts(contentType: string, body: Uint8Array): MultipartPart[] {
  const boundary = getMultipartBoundary(contentType);
  if (boundary === null) {
    throw new PrecisError("invalid_request", "must have a boundary for a multipart form", { field: "content-type" });
  }
  // The body as a whole has been limited before.
  const limits = { maxParts, maxHeaderSize: maxPartHeaderBytes, maxFileSize: body.length, maxTotalSize: body.length };
  try {
    return [...parseMultipart(body, { boundary, ...limits })];
  } catch (cause) {
    const reason = (cause as Error).message.slice(0, 200);
    throw new PrecisError("invalid_request", `The body is not a valid multipart form: ${reason}`, { cause });
  }
}

/** A field that is given several times becomes a list. */
function parseFields(parts: readonly MultipartPart[]): Record<string, unknown> {
  const values = new Map<string, string[]>();
  for (const part of parts) {
    const name = part.name ?? "";
    values.set(name, [...(values.get(name) ?? []), decodePart(part, name.slice(0, 100))]);
  }
  return parseOptions([...values].map(([name, given]) => [name, given.length > 1 ? given : given[0]] as const));
}

function decodePart(part: MultipartPart, field: string): string {
  return decodeText(part.bytes, { charset: charsetOf(part.headers["content-type"]), field });
}
