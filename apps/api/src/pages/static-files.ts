import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { OpenAPIHono } from "@hono/zod-openapi";

const folderOf = (manifest: string) => dirname(fileURLToPath(import.meta.resolve(manifest)));
const sample = fileURLToPath(new URL("../../../../models/samples/article.txt", import.meta.url));

const types: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

interface Asset {
  content: Buffer<ArrayBuffer>;
  packed: Buffer<ArrayBuffer>;
  type: string;
  etag: string;
}

/** Where each file of our pages lies, by its address under `/assets/`. Independent of the working directory. */
async function findAssets(): Promise<Map<string, string>> {
  const islands = folderOf("@precis/islands/package.json");
  const uplot = folderOf("uplot");
  const scripts = (await readdir(join(islands, "dist"), { recursive: true })).filter((file) => file.endsWith(".js"));
  const styles = await readdir(join(islands, "styles"));
  return new Map([
    ...scripts.map((file) => [file.replaceAll("\\", "/"), join(islands, "dist", file)] as const),
    ...styles.map((file) => [file, join(islands, "styles", file)] as const),
    ["uplot.js", join(uplot, "uPlot.iife.min.js")],
    ["uplot.css", join(uplot, "uPlot.min.css")],
    ["sample.txt", sample],
  ]);
}

async function loadAsset(file: string): Promise<Asset> {
  const content = await readFile(file);
  return {
    content,
    packed: (await promisify(gzip)(content, { level: 9 })) as Buffer<ArrayBuffer>,
    type: types[extname(file)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`,
  };
}

/** `GET /assets/…`: scripts and styles of our pages, read when first asked for and kept packed. */
export function assetRoutes(app: OpenAPIHono): void {
  let files: Promise<Map<string, string>> | undefined;
  const loaded = new Map<string, Promise<Asset>>();
  app.get("/assets/*", async (c, next) => {
    files ??= findAssets();
    const name = relative("/assets", c.req.path);
    const file = (await files).get(name);
    if (file === undefined) return next();
    let asset = loaded.get(name);
    if (asset === undefined) {
      asset = loadAsset(file);
      loaded.set(name, asset);
    }
    const { content, packed, type, etag } = await asset;
    const headers = { "content-type": type, "cache-control": "no-cache", etag, "x-content-type-options": "nosniff" };
    if (c.req.header("if-none-match") === etag) return c.body(null, 304, headers);
    if (!/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) return c.body(content, 200, headers);
    return c.body(packed, 200, { ...headers, "content-encoding": "gzip", vary: "accept-encoding" });
  });
}
