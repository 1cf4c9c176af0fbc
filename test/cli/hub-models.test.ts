import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { JobView } from "@precis/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { submit } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";

const mini = fileURLToPath(new URL("../../models/mini/", import.meta.url));
const cli = fileURLToPath(new URL("../../packages/cli/bin/precis.js", import.meta.url));
const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");

let hub: Server;
let folder: string;
let env: Record<string, string>;

/** A hub that has the bundled models as `precis/bart` and `precis/t5`, and a set that takes them from there. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precis-hub-"));
  hub = createServer(async (request, response) => {
    const [, model, path] = /^\/precis\/(bart|t5)\/resolve\/main\/([\w./-]+)$/.exec(request.url ?? "") ?? [];
    if (model === undefined || path === undefined) {
      response.writeHead(404).end();
      return;
    }
    const file = join(mini, model, path);
    response.writeHead(200, { "content-length": (await stat(file)).size, "x-repo-commit": "c0ffee" });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
  const set = JSON.parse(await readFile(join(mini, "manifest.json"), "utf8"));
  for (const [name, model] of Object.entries<{ source: unknown; files: unknown[] }>(set.models)) {
    model.source = { hub: `precis/${name}`, revision: "main" };
    model.files = (model.files as { path: string }[]).map(({ path }) => ({ path }));
  }
  await writeFile(join(folder, "manifest.json"), JSON.stringify({ ...set, name: "from-hub" }));
  env = {
    MODEL_SET: join(folder, "manifest.json"),
    MODEL_CACHE: join(folder, "cache"),
    MODEL_HUB: `http://127.0.0.1:${(hub.address() as AddressInfo).port}`,
  };
});
afterAll(async () => {
  await new Promise((resolve) => hub.close(resolve));
  await rm(folder, { recursive: true });
});

const precis = (...args: string[]) =>
  promisify(execFile)(process.execPath, [cli, ...args], { env: { ...process.env, ...env } });

it("a model set from a hub is pulled once, verified and run; before that, jobs say what to do", async () => {
  await expect(precis("models", "verify")).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("pull") });
  const service = await startPrecis({ ...env, JOB_ATTEMPTS: "1" });
  try {
    const early = (await (await submit(service, { text: article, model: "t5" }, 60)).json()) as JobView;
    expect(early).toMatchObject({ status: "failed", error: { code: "model_missing" } });

    const { stdout } = await precis("models", "pull");
    expect(stdout).toContain("onnx/encoder_model_quantized.onnx");
    expect(stdout).toContain("t5: 6 files, all right");
    const job = (await (await submit(service, { text: article, model: "t5", max_length: 30 }, 60)).json()) as JobView;
    expect(job).toMatchObject({ status: "completed" });

    // As long as before, and still no model: the hash tells, before a job is given to it.
    await fetch(`${service.url}/memory/unload`, { method: "POST" });
    const weights = await open(
      join(folder, "cache", "precis--t5", "main", "onnx", "encoder_model_quantized.onnx"),
      "r+",
    );
    await weights.write(Buffer.alloc(64, 7), 0, 64, 5_000_000);
    await weights.close();
    const damaged = (await (await submit(service, { text: article, model: "t5" }, 60)).json()) as JobView;
    expect(damaged).toMatchObject({ status: "failed", error: { code: "model_corrupt" } });
  } finally {
    await service.stop();
  }

  const tokenizer = join(folder, "cache", "precis--t5", "main", "tokenizer.json");
  await truncate(tokenizer, 1_000);
  await expect(precis("models", "verify")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("tokenizer.json: expected"),
  });
  await precis("models", "pull");
  expect((await stat(tokenizer)).size).toBeGreaterThan(1_000);
});
