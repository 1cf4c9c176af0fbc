import { fork, spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readAll } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { JobAccepted } from "@precis/contracts";
import { expect, it, onTestFinished } from "vitest";
import { readJob } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";
import { startReceiver } from "../support/start-receiver.js";
import { waitForState } from "../support/wait-for-state.js";

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  service: string;
}

/** A receiver of OTLP over HTTP in JSON, as a collector is one. */
async function startCollector() {
  const spans: Span[] = [];
  const raw: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await readAll(request);
    raw.push(body);
    for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
      const named = resource.attributes.find(({ key }: { key: string }) => key === "service.name");
      for (const scope of scopeSpans) {
        for (const span of scope.spans) spans.push({ ...span, service: named.value.stringValue });
      }
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, raw };
}

const text = "The library opened a reading room in the old station. It has forty seats. It stays open until midnight.";
const traceId = "0af7651916cd43dd8448eb211c80319c";

it("one trace leads from the caller through queue and model process to the webhook, and no text is in it", async () => {
  const collector = await startCollector();
  const receiver = await startReceiver((_, response) => response.end());
  onTestFinished(() => receiver.stop());
  const precis = await startPrecis({
    LOG_LEVEL: "fatal",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: "200",
    WEBHOOK_ALLOW_NETWORKS: "127.0.0.1/32",
  });
  onTestFinished(() => precis.stop());
  const answer = await fetch(`${precis.url}/api/v1/summarize`, {
    method: "POST",
    headers: { "content-type": "application/json", traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    body: JSON.stringify({ text, min_length: 2, max_length: 8, webhook: { url: `${receiver.url}/hook` } }),
  });
  const { id } = (await answer.json()) as JobAccepted;
  expect((await readJob(precis, id, 30)).status).toBe("completed");

  const ofTrace = () => collector.spans.filter((span) => span.traceId === traceId);
  const find = (name: RegExp, service: string) =>
    ofTrace().find((span) => name.test(span.name) && span.service === service);
  // Each process exports on a clock of its own: the last span of the story need not be the last to come.
  const found = await waitForState(
    async () => ({
      http: find(/^POST \/api\/v1\/summarize$/, "precis-api"),
      processing: find(/^process summarize/, "precis-worker"),
      model: find(/^summarize in model process$/, "precis-model"),
      delivering: find(/^process webhooks/, "precis-worker"),
      webhook: find(/^POST 127\.0\.0\.1/, "precis-worker"),
    }),
    (spans) => Object.values(spans).every((span) => span !== undefined),
    30_000,
  );
  const { http, processing, model, delivering, webhook } = found as { [of in keyof typeof found]: Span };
  const own = ofTrace();
  expect(http.parentSpanId).toBe("b7ad6b7169203331");
  expect(model.parentSpanId).toBe(processing.spanId);
  expect(webhook.parentSpanId).toBe(delivering.spanId);
  const above = (span: Span): string[] => {
    const parent = own.find(({ spanId }) => spanId === span.parentSpanId);
    return parent === undefined ? [] : [parent.spanId, ...above(parent)];
  };
  for (const span of [processing, model, delivering, webhook]) expect(above(span)).toContain(http.spanId);
  expect(receiver.calls[0]?.headers.traceparent).toBe(`00-${traceId}-${webhook.spanId}-01`);

  expect(collector.raw.join()).not.toContain("reading room");
  // BullMQ's own rounds would be several spans a second.
  expect(collector.spans.map(({ name }) => name).filter((name) => /getNextJob|extendLocks|Stalled/.test(name))).toEqual(
    [],
  );
});

it("what a worker logs about a job can be found by the request, and holds no text", async () => {
  const receiver = await startReceiver((_, response) => response.end());
  onTestFinished(() => receiver.stop());
  const precis = await startPrecis({ WORKERS: "0", WEBHOOK_ALLOW_NETWORKS: "127.0.0.1/32" });
  onTestFinished(() => precis.stop());
  const entry = fileURLToPath(new URL("../../apps/worker/dist/main.js", import.meta.url));
  const worker = fork(entry, [], {
    env: { ...process.env, REDIS_URL: precis.redis.url, WEBHOOK_ALLOW_NETWORKS: "127.0.0.1/32", LOG_LEVEL: "debug" },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  onTestFinished(() => void worker.kill("SIGKILL"));
  let output = "";
  worker.stdout?.on("data", (data) => {
    output += data;
  });
  const answer = await fetch(`${precis.url}/api/v1/summarize`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": "order-17" },
    body: JSON.stringify({ text, min_length: 2, max_length: 8, webhook: { url: `${receiver.url}/secret-path` } }),
  });
  expect(answer.headers.get("x-request-id")).toBe("order-17");
  const { id } = (await answer.json()) as JobAccepted;
  await waitForState(
    async () => output,
    (written) => written.includes("webhook delivered"),
  );
  const lines = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { job?: string; request?: string; msg: string });
  const own = lines.filter(({ job }) => job === id);
  expect(own.map(({ msg }) => msg)).toEqual(["job done", "webhook delivered"]);
  expect(own.every(({ request }) => request === "order-17")).toBe(true);
  expect(output).not.toMatch(/reading room|secret-path/);
});

it("while tracing is off no OpenTelemetry package is loaded", async () => {
  const tracing = new URL("../../packages/observability/dist/index.js", import.meta.url).href;
  const script = `
    import { createRequire } from "node:module";
    import { startTracing } from ${JSON.stringify(tracing)};
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((path) => /opentelemetry|bullmq/.test(path));
    await startTracing({ service: "test", enabled: false });
    const off = loaded().length;
    await startTracing({ service: "test", enabled: true });
    console.log(JSON.stringify({ off, on: loaded().length }));
    process.exit(0);`;
  const args = ["--input-type=module", "-e", script];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const { off, on } = JSON.parse(await readAll(child.stdout)) as { off: number; on: number };
  expect(off).toBe(0);
  expect(on).toBeGreaterThan(10);
});
