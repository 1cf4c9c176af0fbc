import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { omitUndefined, PrecisError, redactAddress, redactAddresses } from "@precis/contracts";
import { hashFile } from "./hash-file.js";

export interface DownloadOptions {
  size?: number | undefined;
  sha256?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Called with the bytes on disk so far, and with the whole size if it is known. */
  onProgress?: ((bytes: number, total: number | undefined) => void) | undefined;
  /** How often to go on after a cut connection or a server error. Default 5. */
  retries?: number | undefined;
  /** Pause before the first retry; doubled for each further one. Default 500 ms. */
  retryDelayMs?: number | undefined;
}

export interface Downloaded {
  size: number;
  sha256: string;
  /** `X-Repo-Commit` of the answer: which commit a hub served. */
  commit?: string;
}

/**
 * Downloads to `<target>.partial`, goes on there after a cut (or in a later call), and gives the file its name only
 * once size and hash are right: a file under its own name is always whole.
 *
 * @throws {PrecisError} `model_missing` when the server does not have or give it, `model_corrupt` when it is not the
 * file that was expected.
 */
export async function downloadFile(url: string, target: string, options: DownloadOptions = {}): Promise<Downloaded> {
  const partial = `${target}.partial`;
  const { retries = 5, retryDelayMs = 500 } = options;
  await mkdir(dirname(target), { recursive: true });
  let commit: string | undefined;
  for (let attempt = 0; ; attempt += 1) {
    try {
      commit = await fetchRest(url, partial, options);
      break;
    } catch (cause) {
      if (cause instanceof PrecisError || options.signal?.aborted || attempt >= retries) {
        if (cause instanceof PrecisError || options.signal?.aborted) throw cause;
        throw new PrecisError(
          "model_missing",
          `${redactAddress(url)}: ${reason(cause)}, after ${attempt + 1} attempts`,
          {
            cause,
            retriable: true,
          },
        );
      }
      await sleep(retryDelayMs * 2 ** attempt, undefined, { signal: options.signal });
    }
  }
  const size = await sizeOf(partial);
  const sha256 = await hashFile(partial);
  const wrongSize = options.size !== undefined && size !== options.size;
  if (wrongSize || (options.sha256 !== undefined && sha256 !== options.sha256)) {
    // Going on from wrong bytes would be wrong for ever.
    await rm(partial, { force: true });
    const [expected, found] = wrongSize ? [`${options.size} bytes`, size] : [`SHA-256 ${options.sha256}`, sha256];
    throw new PrecisError("model_corrupt", `${redactAddress(url)}: expected ${expected}, found ${found}`);
  }
  await rename(partial, target);
  return { size, sha256, ...omitUndefined({ commit }) };
}

/** Fetches what is still missing of `partial`; returns the commit the hub named. */
async function fetchRest(url: string, partial: string, options: DownloadOptions): Promise<string | undefined> {
  const have = await sizeOf(partial);
  if (have > 0 && have === options.size) return undefined;
  // No compression: a range of a compressed body would not be a range of the file.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (have > 0) headers.range = `bytes=${have}-`;
  const { response, commit } = await follow(url, headers, options.signal);
  if (response.status === 416) {
    await response.body?.cancel();
    // The partial file is as long as the file or longer: the former is whole, the latter another file's.
    const whole = Number(/\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);
    if (have === whole) return commit;
    await rm(partial, { force: true });
    throw new Error("the partial file does not belong to this one; starting again");
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    if (response.status >= 500 || response.status === 429) throw new Error(`HTTP ${response.status}`);
    throw new PrecisError("model_missing", `${redactAddress(url)}: HTTP ${response.status}`);
  }
  const resumed = response.status === 206;
  let bytes = resumed ? have : 0;
  const length = response.headers.get("content-length");
  const total = length === null ? options.size : bytes + Number(length);
  const body = Readable.fromWeb(response.body as import("node:stream/web").ReadableStream);
  body.on("data", (part: Buffer) => {
    bytes += part.length;
    options.onProgress?.(bytes, total);
  });
  await pipeline(body, createWriteStream(partial, { flags: resumed ? "a" : "w" }));
  if (total !== undefined && bytes < total) throw new Error(`the connection ended at ${bytes} of ${total} bytes`);
  return commit;
}

/**
 * Follows redirects by hand: hubs name the commit in the first answer, which `fetch` would throw away. A user name and
 * password in the address are sent as a header, since `fetch` takes no such address, and to that server alone.
 */
async function follow(url: string, headers: Record<string, string>, signal: AbortSignal | undefined) {
  let commit: string | undefined;
  const { address, authorization } = splitCredentials(new URL(url));
  let next = address;
  for (let hop = 0; hop < 6; hop += 1) {
    const isSameServer = authorization !== undefined && next.origin === address.origin;
    const response = await fetch(next, {
      headers: { ...headers, ...(isSameServer ? { authorization } : {}) },
      redirect: "manual",
      ...(signal ? { signal } : {}),
    });
    commit ??= response.headers.get("x-repo-commit") ?? undefined;
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return { response, commit };
    await response.body?.cancel();
    next = new URL(location, next);
  }
  throw new PrecisError("model_missing", `${redactAddress(url)}: more than five redirects`);
}

function splitCredentials(address: URL): { address: URL; authorization?: string } {
  const { username, password } = address;
  if (username === "" && password === "") return { address };
  address.username = "";
  address.password = "";
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { address, authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

function reason(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { message?: string } };
  return redactAddresses(cause?.message ? `${message}: ${cause.message}` : message);
}
