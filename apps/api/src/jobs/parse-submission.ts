import type { IncomingMessage } from "node:http";
import { PrecisError } from "@precis/contracts";
import type { Context } from "hono";

/** Text files that are taken; browsers send `.md` as octet-stream as often as not, so the name decides. */
const textFile = /\.(txt|md)$/i;

/**
 * The submission in a request's body, not validated yet: JSON as it is; of `text/plain` the text, with the options from
 * the query; of a multipart form the one `.txt` or `.md` file, with the options from the other fields.
 *
 * @throws {PrecisError} `invalid_json`, `invalid_request` or `unsupported_media_type`
 */
export async function readSubmission(c: Context): Promise<unknown> {
  const contentType = c.req.header("content-type") ?? "";
  const mediaType = mediaTypeOf(c);
  if (c.req.header("content-encoding") !== undefined) {
    throw new PrecisError("unsupported_media_type", "content-encoding: compressed bodies are not supported");
  }
  if (["application/json", "multipart/form-data"].includes(mediaType)) refuseQuery(c);
  if (mediaType === "application/json") return readJson(c);
  if (mediaType === "text/plain") {
    const options = Object.entries(c.req.queries()).map(([name, values]) => [
      name,
      values.length > 1 ? values : values[0],
    ]);
    const text = decodeText(await c.req.arrayBuffer(), /charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1] ?? "utf-8");
    return { ...readOptions(options as [string, unknown][]), text };
  }
  if (mediaType === "multipart/form-data") return readForm(c);
  const given = mediaType === "" ? "no content-type was given" : `got ${mediaType.slice(0, 100)}`;
  throw new PrecisError(
    "unsupported_media_type",
    `content-type: must be application/json, text/plain or multipart/form-data; ${given}`,
  );
}

/** An option that is not looked at must not look as if it were. */
function refuseQuery(c: Context): void {
  if (!c.req.url.includes("?")) return;
  const [name] = Object.keys(c.req.queries());
  if (name === undefined) return;
  throw new PrecisError(
    "invalid_request",
    `${name.slice(0, 100)}: stands in the query; only text/plain takes options there, other bodies hold them themselves`,
  );
}

/** The media type a request says its body has, without parameters; "" when it says none. */
export function mediaTypeOf(c: Context): string {
  return mediaTypeIn(c.req.header("content-type"));
}

/** The media type in the value of `Content-Type`. */
export function mediaTypeIn(contentType: string | undefined): string {
  if (contentType === "application/json") return contentType;
  return ((contentType ?? "").split(";")[0] ?? "").trim().toLowerCase();
}

/** A JSON body. @throws {PrecisError} `invalid_json` */
export async function readJson(c: Context): Promise<unknown> {
  return parseJson(await readText(c));
}

/** What a JSON body says. @throws {PrecisError} `invalid_json` */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new PrecisError("invalid_json", `the body is not JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
}

/** The body as text, off Node's request where that is at hand and nobody has begun to read it. */
function readText(c: Context): Promise<string> {
  const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
  // A body of unknown length has been looked at by the limit on it, which puts another request in place.
  const untouched = incoming !== undefined && incoming.headers["transfer-encoding"] === undefined;
  if (!untouched || incoming.readableDidRead || incoming.readableEnded || incoming.destroyed) return c.req.text();
  return readIncoming(incoming);
}

/** The body of a request nobody has begun to read, as text. */
export function readIncoming(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const text = (parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)).toString();
      // A mark of the byte order is no part of the text.
      resolve(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
    });
    incoming.on("error", reject);
    // Every request closes; an error made in vain costs more than reading the body.
    incoming.on("close", () => incoming.readableEnded || reject(new Error("the client has left")));
  });
}

async function readForm(c: Context): Promise<unknown> {
  let form: FormData;
  try {
    form = await c.req.formData();
  } catch (cause) {
    throw new PrecisError("invalid_request", "the body is not a multipart form", { cause });
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
  if (file === undefined) return readOptions(options);
  if (files.length > 1) {
    throw new PrecisError(
      "invalid_request",
      `file: must be one file, got ${files.length}; use /api/v1/batches for more`,
    );
  }
  if (!textFile.test(file.name)) {
    const given = file.name.slice(0, 100);
    throw new PrecisError("unsupported_media_type", `file: must be a .txt or .md file, got ${JSON.stringify(given)}`);
  }
  const text = decodeText(await file.arrayBuffer(), "utf-8");
  const fields = readOptions(options);
  if ("text" in fields) throw new PrecisError("invalid_request", "text: cannot be given together with a file");
  return { ...fields, text };
}

function decodeText(bytes: ArrayBuffer, charset: string): string {
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch (cause) {
    const given = charset.slice(0, 40);
    throw new PrecisError("unsupported_media_type", `content-type: the charset ${given} is not known`, { cause });
  }
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new PrecisError("invalid_request", `text: is not valid ${charset.slice(0, 40)}`, { cause });
  }
}

/** Options that came as text: numbers become numbers, `metadata.name` an entry of `metadata`, `webhook.url` its URL. */
function readOptions(entries: readonly [string, unknown][]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  const metadata: Record<string, unknown> = {};
  const webhook: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    if (name.startsWith("metadata.")) metadata[name.slice("metadata.".length)] = value;
    else if (name === "webhook.url") webhook.url = value;
    else if (name === "webhook.events") webhook.events = [value].flat();
    else if (name === "text") options[name] = value;
    else options[name] = typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  }
  if (Object.keys(metadata).length > 0) options.metadata = metadata;
  if (Object.keys(webhook).length > 0) options.webhook = webhook;
  return options;
}
