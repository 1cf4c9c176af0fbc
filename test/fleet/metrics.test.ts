import { readFile } from "node:fs/promises";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { submit } from "../support/call-api.js";
import { parseMetrics, type Sample } from "../support/parse-metrics.js";
import { parsePromql } from "../support/parse-promql.js";
import { startPrecis } from "../support/start-precis.js";
import { type Receiver, startReceiver } from "../support/start-receiver.js";
import { waitForState } from "../support/wait-for-state.js";

let precis: Precis;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver((_, response) => response.end());
  precis = await startPrecis({ WEBHOOK_ALLOW_NETWORKS: "127.0.0.1/32" });
});
afterAll(async () => {
  await precis?.stop();
  await receiver?.stop();
});

const scrape = async () => parseMetrics(await (await fetch(`${precis.url}/metrics`)).text());
const sampleOf = (samples: Sample[], name: string, labels: Record<string, string> = {}) =>
  samples.find((sample) => sample.name === name && Object.entries(labels).every(([k, v]) => sample.labels[k] === v))
    ?.value;

/** Every query of the dashboard, the alert rules and the scaler. */
async function deployedQueries(): Promise<string[]> {
  const read = (path: string) => readFile(new URL(`../../deploy/${path}`, import.meta.url), "utf8");
  const dashboard = JSON.parse(await read("grafana/precis.json")) as { panels: { targets: { expr: string }[] }[] };
  const rules = parse(await read("prometheus/alerts.yml")) as { groups: { rules: { expr: string }[] }[] };
  const scaler = parse(await read("kubernetes/keda.yaml")) as {
    spec: { triggers: { metadata: { query: string } }[] };
  };
  return [
    ...scaler.spec.triggers.map(({ metadata }) => metadata.query),
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
  ];
}

it("metrics tell what the queue, the fleet and its memory did", async () => {
  const text = "The library opened a reading room in the old station. It has forty seats. ".repeat(4);
  const body = { text, model: "t5", webhook: { url: `${receiver.url}/hook` } };
  expect((await submit(precis, JSON.stringify(body), 60)).status).toBe(200);
  const running = await waitForState(
    scrape,
    (samples) => sampleOf(samples, "precis_models_loaded", { model: "t5" }) === 1,
  );
  expect(sampleOf(running, "precis_model_rss_bytes", { model: "t5" })).toBeGreaterThan(20e6);
  await fetch(`${precis.url}/memory/unload`, { method: "POST" });
  const after = await waitForState(scrape, (samples) => {
    const unloads = sampleOf(samples, "precis_model_unload_seconds_count", { model: "t5" }) ?? 0;
    const delivered = sampleOf(samples, "precis_webhook_deliveries_total", { outcome: "delivered" }) ?? 0;
    return unloads > 0 && delivered > 0;
  });
  expect(sampleOf(after, "precis_redis_up")).toBe(1);
  expect(sampleOf(after, "precis_jobs_total", { model: "t5", outcome: "completed" })).toBe(1);
  expect(sampleOf(after, "precis_jobs_total", { model: "bart", outcome: "completed" })).toBe(0);
  expect(sampleOf(after, "precis_tokens_total", { model: "t5", direction: "input" })).toBeGreaterThan(40);
  expect(sampleOf(after, "precis_job_wait_seconds_count", { model: "t5" })).toBe(1);
  expect(sampleOf(after, "precis_job_run_seconds_bucket", { model: "t5", le: "+Inf" })).toBe(1);
  expect(sampleOf(after, "precis_batch_texts_count", { model: "t5" })).toBeGreaterThan(0);
  expect(sampleOf(after, "precis_model_load_seconds_count", { model: "t5" })).toBe(1);
  expect(sampleOf(after, "precis_freed_bytes_total", { model: "t5" })).toBeGreaterThan(20e6);
  expect(sampleOf(after, "precis_models_loaded", { model: "t5" })).toBe(0);
  expect(sampleOf(after, "precis_queue_jobs", { queue: "summarize", state: "completed" })).toBe(1);
  expect(sampleOf(after, "precis_queue_jobs", { queue: "webhooks", state: "failed" })).toBe(0);
});

it("made-up addresses and methods add no series", async () => {
  await Promise.all(Array.from({ length: 20 }, (_, index) => fetch(`${precis.url}/made/up/${index}`)));
  await Promise.all(Array.from({ length: 20 }, (_, index) => fetch(`${precis.url}/api/v1/jobs/made-up-${index}`)));
  const samples = await scrape();
  const routes = samples.filter(({ name }) => name === "precis_http_requests_total").map(({ labels }) => labels.route);
  expect(routes.filter((route) => route?.includes("made"))).toEqual([]);
  expect(sampleOf(samples, "precis_http_requests_total", { route: "none", status: "404" })).toBe(20);
  expect(sampleOf(samples, "precis_http_requests_total", { route: "/api/v1/jobs/:id", status: "404" })).toBe(20);
});

it("every query of the dashboard and the alerts asks for metrics and labels that exist", async () => {
  const known = new Map<string, Set<string>>();
  for (const { name, labels } of await scrape()) {
    const set = known.get(name) ?? new Set(["instance", "job"]);
    for (const label of Object.keys(labels)) set.add(label);
    known.set(name, set);
  }
  // Prometheus' own.
  known.set("up", new Set(["instance", "job"]));
  const queries = await deployedQueries();
  expect(queries.length).toBeGreaterThan(30);
  const faults = queries.flatMap((query) =>
    parsePromql(query).flatMap(({ metric, labels }) => {
      const have = known.get(metric);
      if (have === undefined) return [`no metric ${metric}: ${query}`];
      return labels.filter((label) => !have.has(label)).map((label) => `${metric} has no label ${label}: ${query}`);
    }),
  );
  expect(faults).toEqual([]);
  expect(parsePromql('sum by (a) (rate(x{b="1"}[5m]))')).toEqual([{ metric: "x", labels: ["b", "a"] }]);
  expect(() => parsePromql("sum by (model (precis_jobs_total)")).toThrow(/syntax/);
});
