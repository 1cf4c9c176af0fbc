import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { pullModel } from "./pull-model.js";
import type { ResolvedModel } from "./resolve-model.js";
import { verifyModel } from "./verify-model.js";

const files: Record<string, Buffer> = {
  "config.json": Buffer.from('{"d_model":8}'),
  "onnx/encoder_model_quantized.onnx": Buffer.alloc(300_000, "weights "),
};
const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

/** A hub on this machine: redirects to its storage as the real one does, names the commit, serves ranges. */
interface FakeHub {
  url: string;
  requests: { path: string; range: string | undefined; authorization?: string | undefined }[];
  /** Called first; true when it has answered itself. */
  intervene: (request: IncomingMessage, response: ServerResponse) => boolean;
}
let server: Server;
let hub: FakeHub;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-pull-"));
  server = createServer((request, response) => {
    const path = request.url ?? "";
    hub.requests.push({ path, range: request.headers.range, authorization: request.headers.authorization });
    if (hub.intervene(request, response)) return;
    if (path.startsWith("/owner/name/resolve/")) {
      response.writeHead(302, {
        location: path.replace("/owner/name/resolve/main", "/storage"),
        "x-repo-commit": "abc123",
      });
      response.end();
      return;
    }
    const content = files[path.replace("/storage/", "")];
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": content.length - from });
    response.end(content.subarray(from));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  hub = { url: `http://127.0.0.1:${port}`, requests: [], intervene: () => false };
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const model = (pinned: Partial<Record<string, { size?: number; sha256?: string }>> = {}): ResolvedModel => ({
  name: "bart",
  folder,
  source: { hub: "owner/name", revision: "main" },
  files: Object.keys(files).map((path) => ({ path, ...pinned[path] })),
  dtype: "q8",
  prefix: "",
  generation: {},
  context_length: 1024,
  max_output_tokens: 1024,
  batching: false,
  peak_rss_bytes: 1,
});
const pull = (entry = model()) => pullModel(entry, { hub: hub.url, retryDelayMs: 1 });

it("fetches every file, pins what it got, and fetches nothing a second time", async () => {
  const lock = await pull();
  expect(lock).toMatchObject({ hub: "owner/name", revision: "main", commit: "abc123" });
  for (const [path, content] of Object.entries(files)) {
    expect(await readFile(join(folder, path))).toEqual(content);
    expect(lock.files).toContainEqual({ path, size: content.length, sha256: sha256(content) });
  }
  await verifyModel(model());
  const before = hub.requests.length;
  expect(await pull()).toEqual(lock);
  expect(hub.requests.length).toBe(before);
});

it("goes on where a cut connection ended", async () => {
  let cuts = 2;
  const partial = join(folder, "onnx/encoder_model_quantized.onnx.partial");
  hub.intervene = (request, response) => {
    if (cuts === 0 || !request.url?.startsWith("/storage/onnx/")) return false;
    cuts -= 1;
    const content = files["onnx/encoder_model_quantized.onnx"] as Buffer;
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": content.length - from });
    response.write(content.subarray(from, from + 100_000));
    // What is still on its way when the connection ends may be lost, and then there is nothing to go on from.
    const written = async () => (await stat(partial).catch(() => ({ size: 0 }))).size > from;
    void expect
      .poll(written, { timeout: 30_000 })
      .toBe(true)
      .finally(() => response.socket?.end());
    return true;
  };
  await pull();
  expect(hub.requests.some(({ range }) => range !== undefined && range !== "bytes=0-")).toBe(true);
  await verifyModel(model());
});

it("keeps nothing under its own name that is not the file the manifest names", async () => {
  const pinned = { "config.json": { size: 13, sha256: "0".repeat(64) } };
  await expect(pull(model(pinned))).rejects.toMatchObject({ code: "model_corrupt" });
  expect(await readdir(folder)).toEqual([]);
});

it("refuses a file that changed on the hub since it was pinned", async () => {
  await pull();
  await writeFile(join(folder, "config.json"), "damaged");
  const changed = Buffer.from('{"d_model":9}');
  const original = files["config.json"] as Buffer;
  files["config.json"] = changed;
  await expect(pull()).rejects.toMatchObject({ code: "model_corrupt" });
  files["config.json"] = original;
  await pull();
  await verifyModel(model());
});

it("tells a file the hub does not have from a hub that is ill for a while", async () => {
  const missing = { ...model(), files: [{ path: "nothing.json" }] } as ResolvedModel;
  await expect(pull(missing)).rejects.toMatchObject({ code: "model_missing", message: expect.stringContaining("404") });
  let faults = 3;
  hub.intervene = (_, response) => {
    if (faults === 0) return false;
    faults -= 1;
    response.writeHead(503).end();
    return true;
  };
  await pull();
});

it("logs in to the hub that the address names, to no other server, and never says the password", async () => {
  const secret = "hun/ter2";
  const withPassword = hub.url.replace("://", `://user:${encodeURIComponent(secret)}@`);
  const storage = createServer((request, response) => {
    hub.requests.push({ path: "storage", range: undefined, authorization: request.headers.authorization });
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => storage.listen(0, "127.0.0.1", resolve));
  hub.intervene = (request, response) => {
    if (!request.url?.endsWith("elsewhere.json")) return false;
    response.writeHead(302, { location: `http://127.0.0.1:${(storage.address() as AddressInfo).port}/` }).end();
    return true;
  };
  const entry = { ...model(), files: [{ path: "config.json" }, { path: "elsewhere.json" }] } as ResolvedModel;
  const failure = await pullModel(entry, { hub: withPassword, retries: 0 }).catch((error) => error as Error);
  storage.close();
  expect(String(failure)).toContain("HTTP 404");
  expect(String(failure)).not.toMatch(/hun|ter2/);
  const basic = `Basic ${Buffer.from(`user:${secret}`).toString("base64")}`;
  expect(hub.requests.map(({ path, authorization }) => [path, authorization])).toEqual([
    ["/owner/name/resolve/main/config.json", basic],
    ["/storage/config.json", basic],
    ["/owner/name/resolve/main/elsewhere.json", basic],
    ["storage", undefined],
  ]);
});

it("a password in the address of a hub that cannot be reached is not repeated", async () => {
  const failure = await pullModel(model(), { hub: "http://user:hunter2@127.0.0.1:1", retries: 0 }).catch(
    (error) => error,
  );
  expect(String(failure)).toContain("http://***@127.0.0.1:1");
  expect(String(failure)).not.toContain("hunter2");
});

it("has nothing to pull for a model in a folder", async () => {
  const local = { ...model(), source: { folder: "bart" } } as ResolvedModel;
  await expect(pull(local)).rejects.toMatchObject({ code: "invalid_request" });
});
