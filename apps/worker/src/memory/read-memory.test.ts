import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readMemory, readUsage } from "./read-memory.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "precis-cgroup-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const cgroup = async (files: Record<string, string>) => {
  await mkdir(root, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
};

describe("memory in use", () => {
  it("of a cgroup excludes file pages that the kernel can drop, against the lower of max and high", async () => {
    await cgroup({
      "memory.max": "1000\n",
      "memory.high": "800\n",
      "memory.current": "700\n",
      "memory.stat": "anon 300\ninactive_file 250\nactive_file 50\n",
      "memory.pressure":
        "some avg10=12.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
    });
    expect(await readMemory(root)).toEqual({
      source: "cgroup",
      current: 450,
      limit: 800,
      cgroup: { current: 450, limit: 800 },
      psiSomeAvg10: 12.5,
    });
  });

  it("is that of the machine where no cgroup has a limit", async () => {
    await cgroup({ "memory.max": "max\n", "memory.high": "max\n", "memory.current": "700\n" });
    const reading = await readMemory(root);
    expect(reading).toMatchObject({ source: "system", limit: totalmem() });
    expect(reading.current).toBeGreaterThan(10e6);
    expect(reading.current).toBeLessThan(totalmem());
  });

  it("is the resident memory of the worker when MEMORY_LIMIT is set, and that of the cgroup is still reported", async () => {
    await cgroup({ "memory.max": "1000\n", "memory.current": "700\n" });
    expect(await readUsage(500, async () => 123, root)).toEqual({
      source: "MEMORY_LIMIT",
      current: 123,
      limit: 500,
      cgroup: { current: 700, limit: 1000 },
    });
  });
});
