import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runPrecis } from "../support/run-precis.js";

const mini = fileURLToPath(new URL("../../models/mini/", import.meta.url));

// Elsewhere the kernel keeps no peak of a process, and the command says so.
it.runIf(process.platform === "linux")("models measure writes the peaks that were measured", async () => {
  const folder = await mkdtemp(join(tmpdir(), "precis-measure-test-"));
  try {
    await cp(mini, folder, { recursive: true });
    const { code, stdout, stderr } = await runPrecis(["models", "measure", "--set", folder, "--rows", "2"], {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { models } = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
    for (const name of ["bart", "t5"]) {
      const { peak_rss_bytes: peak, peak_rows: rows, single_row_rss_bytes: single } = models[name];
      expect(rows).toBe(2);
      // The weights alone are 50 MB.
      expect(single).toBeGreaterThan(100e6);
      expect(peak).toBeGreaterThan(single);
      expect(stdout).toContain(`${name}: ${single / 1e6} MB with one row, ${peak / 1e6} MB with 2`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
