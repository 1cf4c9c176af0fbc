import { counters, histograms } from "@precis/contracts";
import { Registry } from "prom-client";
import type { Services } from "../services.js";
import { fleetMetrics } from "./fleet-metrics.js";
import { httpMetrics } from "./http-metrics.js";

interface RegisteredMetric {
  name: string;
  help: string;
  type: string;
  labelNames?: readonly string[];
}

/** The page of the docs about metrics, as Markdown, generated from what an API process registers. */
export function describeMetrics(): string {
  const registry = new Registry();
  // Nothing is read before a scrape.
  fleetMetrics(registry, {} as Services);
  httpMetrics(registry);
  const registered = registry.getMetricsAsArray() as unknown as RegisteredMetric[];
  const rows = [...registered.filter(({ type }) => type !== undefined), ...totals()]
    .sort((one, other) => one.name.localeCompare(other.name))
    .map(({ name, type, help, labelNames = [] }) => {
      const labels = labelNames.map((label) => `\`${label}\``).join(", ");
      return `| \`${name}\` | ${type} | ${labels === "" ? "–" : labels} | ${help} |`;
    });
  return `# Metrics

For operators. \`GET /metrics\` has them in the Prometheus text format; it needs the role \`admin\` once there are API keys.
[Web pages, queue board and metrics](../guides/dashboard.md#metrics) says how to scrape them, and has the alerts.

<!-- Generated from apps/api/src/metrics and packages/contracts/src/totals.ts by \`npm run docs\`; edit them there. -->

| metric | type | labels | description |
| --- | --- | --- | --- |
${rows.join("\n")}

Metrics of the fleet (\`worker\` or \`model\` labels, \`precis_queue_…\`, \`…_total\`) are the same from every API process: aggregate with
\`max by (…)\`. \`precis_http_…\`, \`process_*\` and \`nodejs_*\` are of one API process; \`nodejs_eventloop_lag_p99_seconds\` includes the sampling
interval of 0.1 s.
`;
}

/** The totals that workers keep in Redis are registered by name only: help and labels are those of the contracts. */
function totals(): RegisteredMetric[] {
  const of = (type: string, suffix: string, all: Record<string, { labels: object; help: string }>) =>
    Object.entries(all).map(([name, { labels, help }]) => ({
      name: `precis_${name}${suffix}`,
      type,
      help,
      labelNames: Object.keys(labels),
    }));
  return [...of("counter", "_total", counters), ...of("histogram", "", histograms)];
}
