import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JobAccepted, MemoryEvent } from "@precis/contracts";
import { readHistory } from "@precis/control";
import { type Precis, startProcess } from "@precis/launcher";
import { connect, redisKeys } from "@precis/redis";
import { afterEach, expect, it } from "vitest";
import { readJob, readWorkers, submit } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const article = (await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8")).slice(0, 600);
const workerEntry = fileURLToPath(new URL("../../apps/worker/dist/main.js", import.meta.url));
const modelsFolder = fileURLToPath(new URL("../../models/mini", import.meta.url));
const releases: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

async function start(settings: Record<string, string>): Promise<Precis> {
  const precis = await startPrecis({ LOG_LEVEL: "fatal", ...settings });
  releases.push(() => precis.stop());
  return precis;
}

const send = async (precis: Precis, model: string) =>
  ((await (await submit(precis, { text: article, model, max_length: 12 })).json()) as JobAccepted).id;

const untilCompleted = (precis: Precis, id: string) =>
  waitForState(
    () => readJob(precis, id, 20),
    ({ status }) => status === "completed",
  );

async function events(precis: Precis): Promise<MemoryEvent[]> {
  const redis = await connect(precis.redis.url, "request");
  try {
    return (await readHistory(redis, redisKeys("precis"), 0, 1_000)).events;
  } finally {
    redis.disconnect();
  }
}

/** A copy of the bundled set that claims other needs. */
async function setThatNeeds(peaks: Record<"bart" | "t5", number>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "precis-needs-"));
  releases.push(() => rm(folder, { recursive: true, force: true }));
  const manifest = JSON.parse(readFileSync(join(modelsFolder, "manifest.json"), "utf8"));
  for (const model of ["bart", "t5"] as const) {
    const entry = manifest.models[model];
    entry.source.folder = join(modelsFolder, entry.source.folder);
    entry.peak_rss_bytes = peaks[model];
    delete entry.single_row_rss_bytes;
  }
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  return join(folder, "manifest.json");
}

/** So little that only the limits can protect the worker. */
const nothing = { bart: 1, t5: 1 };

it("models that do not fit beside each other take turns, and every job is done", async () => {
  const precis = await start({ MEMORY_LIMIT: "600MB", MODEL_SET: await setThatNeeds({ bart: 340e6, t5: 340e6 }) });
  const ids: string[] = [];
  for (let round = 0; round < 4; round += 1) ids.push(await send(precis, "bart"), await send(precis, "t5"));
  let together = 0;
  let done = false;
  const watching = (async () => {
    while (!done) {
      const [worker] = await readWorkers(precis);
      if (worker?.models.every(({ state }) => state === "ready" || state === "busy")) together += 1;
      await new Promise((wake) => setTimeout(wake, 100));
    }
  })();
  for (const id of ids) await untilCompleted(precis, id);
  done = true;
  await watching;
  expect(together).toBe(0);
  const seen = await events(precis);
  for (const kind of ["load", "evict", "refuse-load", "resume"] as const) {
    expect(seen.filter((event) => event.kind === kind).length, kind).toBeGreaterThan(0);
  }
  const refusal = seen.find(({ kind }) => kind === "refuse-load");
  expect(refusal?.limit).toBe(600e6);
  expect(refusal?.current).toBeGreaterThan(50e6);
  expect(refusal?.needed).toBeGreaterThan(300e6);
});

it("a job whose model can never fit here waits for a worker with more memory, and the others go on", async () => {
  const MODEL_SET = await setThatNeeds({ bart: 200e6, t5: 800e6 });
  const precis = await start({ MEMORY_LIMIT: "500MB", MODEL_SET });
  const large = await send(precis, "t5");
  await untilCompleted(precis, await send(precis, "bart"));
  const [worker] = await waitForState(
    () => readWorkers(precis),
    ([first]) => first?.memory.too_small_for.includes("t5") === true,
  );
  expect(worker?.paused_by).toEqual([]);
  expect((await readJob(precis, large)).status).toBe("queued");

  const env = { ...process.env, REDIS_URL: precis.redis.url, MEMORY_LIMIT: "2GB", MODEL_SET, LOG_LEVEL: "fatal" };
  const roomy = startProcess(workerEntry, env, "ignore", []);
  releases.push(() => roomy.stop(10_000));
  expect((await untilCompleted(precis, large)).summary).toBeTruthy();
});

async function aboveTheHardMark(precis: Precis): Promise<MemoryEvent[]> {
  await untilCompleted(precis, await send(precis, "bart"));
  // Nothing else is needed for it to come down again: the idle model goes, and jobs are taken once more.
  const seen = await waitForState(
    () => events(precis),
    (list) => list.some(({ kind }) => kind === "resume"),
  );
  expect(seen.map(({ kind }) => kind).filter((kind) => kind !== "load")).toEqual(["pause", "evict", "resume"]);
  await waitForState(
    () => readWorkers(precis),
    ([worker]) => worker?.status === "running" && worker.memory.pressure !== "hard",
  );
  await untilCompleted(precis, await send(precis, "t5"));
  return seen;
}

it("above the hard limit no job is claimed until the idle model is evicted", async () => {
  const precis = await start({ MEMORY_LIMIT: "200MB", MODEL_SET: await setThatNeeds(nothing) });
  const seen = await aboveTheHardMark(precis);
  const pause = seen.find(({ kind }) => kind === "pause");
  expect(pause?.current).toBeGreaterThan(0.92 * 200e6);
});

const cgroupRoot = "/sys/fs/cgroup";
const controllers = existsSync(`${cgroupRoot}/cgroup.subtree_control`)
  ? readFileSync(`${cgroupRoot}/cgroup.subtree_control`, "utf8")
  : "";
const noCgroup = !controllers.includes("memory")
  ? "no cgroup v2 with a memory controller is mounted here"
  : process.getuid?.() !== 0
    ? "only root may make a cgroup here"
    : undefined;

it.skipIf(noCgroup !== undefined)(
  `in a real cgroup the same happens at its limit${noCgroup ? ` (${noCgroup})` : ""}`,
  async () => {
    const folder = `${cgroupRoot}/precis-test-${process.pid}`;
    await mkdir(folder);
    releases.push(() => rmdir(folder));
    await writeFile(`${folder}/memory.max`, "250000000");
    const precis = await start({ WORKERS: "0" });
    const env = {
      ...process.env,
      REDIS_URL: precis.redis.url,
      MODEL_SET: await setThatNeeds(nothing),
      LOG_LEVEL: "fatal",
    };
    const worker = startProcess(workerEntry, env, "ignore", []);
    releases.push(() => worker.stop(10_000));
    await writeFile(`${folder}/cgroup.procs`, String(worker.child.pid));
    const seen = await aboveTheHardMark(precis);
    expect(seen.find(({ kind }) => kind === "pause")?.limit).toBe(250_000_000);
  },
);
