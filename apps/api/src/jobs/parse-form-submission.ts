import { PrecisError } from "@precis/contracts";
import type { Context } from "hono";
import { decodeText, parseOptions } from "./parse-options.js";

/** Browsers often send `.md` as octet-stream, so the file name decides. */
const textFile = /\.(txt|md)$/i;

/** The text of the one file of a multipart form, with options from the other fields. */
export async function parseFormSubmission(c: Context): Promise<unknown> {
  let form: FormData;
  try {
    form = await c.req.formData();
  } catch (cause) {
    throw new PrecisError("invalid_request", "The body is not a valid multipart form", { cause });
  }
  const files: File[] = [];
  const options: [string, unknown][] = [];
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    files.push(...values.filter((value) => value instanceof File));
    const texts = values.filter((value) => typeof value === "string");
    if (texts.length > 0) options.push([name, texts.length > 1 ? texts : texts[0]]);
  }
  const [file] = files;
  if (file === undefined) return parseOptions(options);
  if (files.length > 1) {
    const message = `must be one file (got ${files.length}); use /api/v1/batches for more`;
    throw new PrecisError("invalid_request", message, { field: "file" });
  }
  if (!textFile.test(file.name)) {
    const message = `must be a .txt or .md file (got ${JSON.stringify(file.name.slice(0, 100))})`;
    throw new PrecisError("unsupported_media_type", message, { field: "file" });
  }
  const text = decodeText(await file.arrayBuffer(), "utf-8");
  const fields = parseOptions(options);
  if ("text" in fields) {
    throw new PrecisError("invalid_request", "cannot be given together with a file", { field: "text" });
  }
  return { ...fields, text };
}
