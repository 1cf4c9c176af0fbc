import type { Hono } from "hono";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildApp } from "../app.js";
import { openTestServices, type TestServices } from "../testing/serve-app.js";

const prefix = "/precis";
let test: TestServices;
let app: Hono;
beforeAll(async () => {
  test = await openTestServices();
  app = buildApp(test.services);
});
afterAll(() => test.close());

/** As a proxy would: it strips its prefix, and names it. */
const behindProxy = (path: string, init: RequestInit = {}) =>
  app.request(path, { ...init, headers: { ...(init.headers as object), "x-forwarded-prefix": prefix } });

async function submit(): Promise<{ response: Response; body: { id: string; links: Record<string, string> } }> {
  const response = await behindProxy("/api/v1/summarize", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "A text", webhook: { url: "https://example.com/hook" } }),
  });
  const body = (await response.json()) as { id: string; links: Record<string, string> };
  return { response, body };
}

/** Every absolute path in JSON: links, and whatever else looks like one of our routes. */
function pathsIn(value: unknown): string[] {
  if (typeof value === "string") return /^\/(?!\/)/.test(value) ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}

it("Location and links have the prefix, in every answer about jobs and batches", async () => {
  const { response, body } = await submit();
  expect(response.headers.get("location")).toBe(`${prefix}/api/v1/jobs/${body.id}`);
  const batch = await behindProxy("/api/v1/batches", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"items":[{"text":"A text"}]}',
  });
  expect(batch.headers.get("location")).toMatch(/^\/precis\/api\/v1\/batches\//);
  const { id: batchId } = (await batch.clone().json()) as { id: string };
  const answers = [
    body,
    await batch.json(),
    await (await behindProxy(`/api/v1/batches/${batchId}`)).json(),
    await (await behindProxy(`/api/v1/jobs/${body.id}`)).json(),
    await (await behindProxy("/api/v1/jobs")).json(),
    await (await behindProxy(`/api/v1/jobs/${body.id}/cancel`, { method: "POST" })).json(),
    await (await behindProxy(`/api/v1/jobs/${body.id}/retry`, { method: "POST" })).json(),
  ];
  const paths = answers.flatMap(pathsIn);
  expect(paths.length).toBeGreaterThan(15);
  expect(paths.filter((path) => !path.startsWith(`${prefix}/`))).toEqual([]);
});

it("every address in a page stays below the prefix, page after page", async () => {
  const { body } = await submit();
  const seen = new Set<string>();
  const open = [
    `${prefix}/`,
    `${prefix}/docs`,
    `${prefix}/login`,
    `${prefix}/admin/fleet`,
    `${prefix}/admin/queues`,
    `${prefix}/jobs/${body.id}`,
  ];
  for (let address = open.pop(); address !== undefined; address = open.pop()) {
    if (seen.has(address)) continue;
    seen.add(address);
    const response = await behindProxy(address.slice(prefix.length));
    expect([address, response.status < 400]).toEqual([address, true]);
    const base = new URL(address, "http://proxy");
    const location = response.headers.get("location");
    const html = response.headers.get("content-type")?.startsWith("text/html") ? await response.text() : "";
    const pageBase = new URL(/<base href="([^"]+)"/.exec(html)?.[1] ?? "", base);
    const found = [...html.matchAll(/\s(?:href|src|action)="([^"#]+)"/g)].map(
      ([, link = ""]) => new URL(link, pageBase),
    );
    if (location !== null) found.push(new URL(location, base));
    for (const url of found) {
      if (url.host !== "proxy") continue;
      expect(`${address} → ${url.pathname}`).toContain(`→ ${prefix}`);
      if (!/logout|static|assets|cancel/.test(url.pathname)) open.push(url.pathname);
    }
  }
  expect(seen.size).toBeGreaterThan(6);
});

it("the API description names the prefix as its server", async () => {
  const document = (await (await behindProxy("/openapi.json")).json()) as { servers: { url: string }[] };
  expect(document.servers).toEqual([{ url: prefix }]);
});

it.each(["////".repeat(4_000), "//evil.example", "/a b", "https://evil.example", `/${"a".repeat(300)}`, "/a/../b%2f"])(
  "an unusable prefix is ignored (%#)",
  async (given) => {
    const response = await app.request("/admin/queues/", { headers: { "x-forwarded-prefix": given } });
    expect(response.headers.get("location")).toBe("/admin/queues");
  },
);
