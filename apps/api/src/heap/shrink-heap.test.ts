import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

// In a process of its own, whose heap has nothing else.
it("shrinks the young generation after a busy period", async () => {
  const script = `
    import { setTimeout as sleep } from "node:timers/promises";
    import { shrinkHeap, youngGenerationBytes } from ${JSON.stringify(new URL("../../dist/heap/shrink-heap.js", import.meta.url).href)};
    const kept = [];
    for (let i = 0; i < 5_000_000; i += 1) kept[i % 20_000] = { i, list: [i] };
    kept.length = 0;
    const busy = youngGenerationBytes();
    shrinkHeap();
    while (youngGenerationBytes() >= busy) await sleep(10);
    console.log(JSON.stringify({ busy, quiet: youngGenerationBytes() }));`;
  const args = ["--max-semi-space-size=16", "--input-type=module", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { busy, quiet } = JSON.parse(stdout) as { busy: number; quiet: number };
  expect(busy).toBeGreaterThan(4_000_000);
  expect(quiet).toBeLessThanOrEqual(2_097_152);
});
