import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { startPrecis } from "../support/start-precis.js";

interface Media {
  schema?: object;
  example?: unknown;
}
interface Operation {
  operationId: string;
  security?: object[];
  responses: Record<string, { content?: Record<string, Media> }>;
}
interface Description {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

let precis: Precis;
let description: Description;

beforeAll(async () => {
  precis = await startPrecis({ WORKERS: "0", LOG_LEVEL: "silent" });
  description = (await (await fetch(`${precis.url}/openapi.json`)).json()) as Description;
});
afterAll(() => precis.stop());

it("every answer of every route has an example that fits its schema", () => {
  expect(description.openapi).toBe("3.1.0");
  const shared = JSON.parse(
    JSON.stringify(description.components.schemas).replaceAll("#/components/schemas/", "#/$defs/"),
  );
  const faults: string[] = [];
  let checked = 0;
  for (const [path, item] of Object.entries(description.paths)) {
    for (const [method, { responses }] of Object.entries(item)) {
      for (const [status, { content }] of Object.entries(responses)) {
        for (const [type, { schema, example }] of Object.entries(content ?? {})) {
          const name = `${method} ${path} ${status} ${type}`;
          if (example === undefined) faults.push(`${name}: no example`);
          else if (/json$/.test(type)) {
            const own = JSON.parse(JSON.stringify(schema).replaceAll("#/components/schemas/", "#/$defs/"));
            const result = z.fromJSONSchema({ ...own, $defs: shared }).safeParse(example);
            if (!result.success) faults.push(`${name}: ${z.prettifyError(result.error)}`);
          }
          checked += 1;
        }
      }
    }
  }
  expect(faults).toEqual([]);
  expect(checked).toBeGreaterThan(10);
});

it("operations have ids of their own, and those that need a key say so", () => {
  const operations = Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
  );
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { path, security, responses } of operations) {
    const open = ["/health", "/ready"].includes(path);
    expect([path, security === undefined, responses[401] === undefined]).toEqual([path, open, open]);
  }
});

it("the reference at /docs is served whole from here, under a strict policy", async () => {
  const answer = await fetch(`${precis.url}/docs`);
  expect(answer.headers.get("content-security-policy")).toMatch(/default-src 'none'; script-src 'self';/);
  const page = await answer.text();
  const scripts = [...page.matchAll(/<script([^>]*)>([^<]*)/g)];
  expect(scripts).toHaveLength(2);
  for (const [, attributes = "", inline] of scripts) {
    expect(inline).toBe("");
    const source = /src="(docs\/[\w.]+)"/.exec(attributes)?.[1];
    const script = await fetch(`${precis.url}/${source}`);
    expect(script.headers.get("content-type")).toContain("javascript");
    expect((await script.text()).length).toBeGreaterThan(100);
  }
  expect(page).not.toMatch(/https?:\/\//);
});

it("a method that a path does not take gets 405 and what it does take", async () => {
  const answer = await fetch(`${precis.url}/api/v1/summarize`, { method: "PUT" });
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  expect((await fetch(`${precis.url}/api/v1/nothing`)).status).toBe(404);
});
