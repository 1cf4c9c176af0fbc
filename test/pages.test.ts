import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPage } from "./support/read-page.js";
import { startPrecis } from "./support/start-precis.js";

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
    // Neither inline scripts nor handlers, and nothing from elsewhere.
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
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

it("assets come packed, are not sent twice, and end at their folder", async () => {
  const first = await fetch(`${precis.url}/assets/desk.css`);
  expect(first.headers.get("content-encoding")).toBe("gzip");
  expect(await first.text()).toContain("--accent");
  const again = await fetch(`${precis.url}/assets/desk.css`, {
    headers: { "if-none-match": first.headers.get("etag") ?? "" },
  });
  expect(again.status).toBe(304);
  for (const path of ["/assets/nothing.js", "/assets/..%2fpackage.json", "/assets/fleet%2f..%2f..%2fpackage.json"]) {
    expect((await fetch(precis.url + path)).status).toBe(404);
  }
});
