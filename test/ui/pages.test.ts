import { createHash } from "node:crypto";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPage } from "../support/read-page.js";
import { startPrecis } from "../support/start-precis.js";

let precis: Precis;

beforeAll(async () => {
  precis = await startPrecis({ WORKERS: "0" });
});
afterAll(() => precis?.stop());

describe.each(["/", "/admin/fleet"])("the page %s", (path) => {
  it("loads at most 80 KB of JavaScript, all of it from here, under a strict policy", async () => {
    const { html, headers, scripts, scriptBytes } = await readPage(precis.url + path);
    expect(headers.get("content-type")).toMatch(/^text\/html/);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:/);
    expect(scripts.size).toBeGreaterThan(1);
    expect(scriptBytes).toBeGreaterThan(1_000);
    expect(scriptBytes).toBeLessThan(80_000);
    for (const address of scripts.keys()) expect(address.startsWith(precis.url)).toBe(true);
    expect([...scripts.keys()].some((address) => address.endsWith("/assets/client/index.js"))).toBe(true);
    // Nothing inline but the import map, whose hash is in the policy; nothing from elsewhere.
    const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)([^>]*)>([^<]*)/g)];
    expect(inline.map(([, attributes]) => attributes?.trim())).toEqual(['type="importmap"']);
    expect(policy).toContain(
      `'sha256-${createHash("sha256")
        .update(inline[0]?.[2] ?? "")
        .digest("base64")}'`,
    );
    expect(html).not.toMatch(/\son\w+="/);
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it("links with relative addresses, so that a proxy may put it under a path of its own", async () => {
    const { html } = await readPage(precis.url + path);
    const addresses = [...html.matchAll(/(?:src|href|action)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses.filter((address) => address?.startsWith("/"))).toEqual([]);
  });
});

it("static files are compressed, revalidated by ETag, and end at their folder", async () => {
  const get = (path: string, headers: Record<string, string> = {}) => fetch(precis.url + path, { headers });
  const plain = await get("/assets/layout/base.css", { "accept-encoding": "identity" });
  const text = await plain.text();
  expect(text).toContain("--accent");
  expect(plain.headers.get("cache-control")).toBe("no-cache");
  expect(plain.headers.get("x-content-type-options")).toBe("nosniff");
  for (const encoding of ["br", "gzip"]) {
    const first = await get("/assets/layout/base.css", { "accept-encoding": encoding });
    expect([encoding, first.headers.get("content-encoding"), first.headers.get("vary")]).toEqual([
      encoding,
      encoding,
      "Accept-Encoding",
    ]);
    expect(await first.text()).toBe(text);
    const etag = first.headers.get("etag") ?? "";
    expect(etag).not.toBe(plain.headers.get("etag"));
    const again = await get("/assets/layout/base.css", { "accept-encoding": encoding, "if-none-match": etag });
    expect([again.status, again.headers.get("cache-control")]).toEqual([304, "no-cache"]);
  }
  expect((await get("/assets/playground/playground.js")).headers.get("content-type")).toMatch(/^text\/javascript/);
  expect((await get("/assets/layout/icon.svg")).headers.get("content-type")).toMatch(/^image\/svg\+xml/);
  const outside = ["/assets/nothing.js", "/assets/..%2fpackage.json", "/assets/fleet%2f..%2f..%2findex.js"];
  for (const path of [...outside, "/assets/", "/assets/layout", "/assets//etc/passwd"]) {
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  }
});
