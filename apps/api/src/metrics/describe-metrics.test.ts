import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { describeMetrics } from "./describe-metrics.js";

it("the docs' page about metrics is up to date", async () => {
  const page = await readFile(new URL("../../../../docs/reference/metrics.md", import.meta.url), "utf8");
  expect(page, "run `npm run docs`").toBe(describeMetrics());
});

it("describes each metric once, with its labels", () => {
  const names = [...describeMetrics().matchAll(/^\| `(precis_\w+)` \| (\w+) \|/gm)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(describeMetrics()).toContain("| `precis_jobs_total` | counter | `model`, `outcome` |");
});
