import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readWorkers, submit } from "../support/call-api.js";
import { runPrecis } from "../support/run-precis.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const workerEntry = fileURLToPath(new URL("../../apps/worker/dist/main.js", import.meta.url));
const preload = new URL("../support/shift-clock.mjs", import.meta.url).href;
const text = "The library opened a reading room in the old station. Its shelves hold nine thousand books.";

/** Starts an API and a worker whose clocks are wrong by so many milliseconds, on a Redis whose clock is right. */
async function startWith(shiftMs: { api?: number; worker?: number }) {
  const precis = await startPrecis({ WORKERS: "0", NODE_OPTIONS: `--import ${preload}?${shiftMs.api ?? 0}` });
  const started = { precis, workerLog: "", stop: async () => {} };
  const worker = fork(workerEntry, [], {
    env: { ...process.env, REDIS_URL: precis.redis.url, LOG_LEVEL: "warn" },
    execArgv: ["--import", `${preload}?${shiftMs.worker ?? 0}`],
    silent: true,
  });
  for (const output of [worker.stdout, worker.stderr]) output?.on("data", (data) => (started.workerLog += data));
  const exited = new Promise((resolve) => worker.once("exit", resolve));
  started.stop = async () => {
    worker.kill("SIGTERM");
    await exited;
    await precis.stop();
  };
  await waitForState(
    () => fetch(`${precis.url}/ready`),
    ({ status }) => status === 200,
  );
  return started;
}

async function expectWork(precis: Precis): Promise<void> {
  const submission = { text, model: "t5", max_length: 12, deadline: 10 };
  const answer = await submit(precis, submission, 30);
  expect(answer.status).toBe(200);
  const { timings } = (await answer.json()) as { timings: Record<string, string> };
  for (const field of ["created_at", "started_at", "finished_at"]) {
    expect(Math.abs(Date.parse(timings[field] ?? "") - Date.now())).toBeLessThan(10_000);
  }
  const unloaded = await fetch(`${precis.url}/memory/unload`, { method: "POST" });
  expect(await unloaded.json()).toMatchObject({ status: "ok" });
}

describe.each([15_000, -15_000, 40_000, -40_000])("a worker whose clock is wrong by %d ms", (shiftMs) => {
  let started: Awaited<ReturnType<typeof startWith>>;

  beforeAll(async () => {
    started = await startWith({ worker: shiftMs });
  });
  afterAll(() => started?.stop());

  it("is listed as alive, with how wrong its clock is, and says so once", async () => {
    const [worker] = await readWorkers(started.precis);
    expect(worker?.status).toBe("running");
    expect(Math.abs((worker?.clock_skew_ms ?? 0) - shiftMs)).toBeLessThan(1_000);
    expect(Math.abs((worker?.at ?? 0) - Date.now())).toBeLessThan(10_000);
    expect(started.workerLog.match(/the clock of this machine/g)).toHaveLength(1);
  });

  it("does jobs with a deadline, tells the right times of them, and obeys commands", async () => {
    await expectWork(started.precis);
  });

  it("is named by the doctor", async () => {
    const { stdout } = await runPrecis(["doctor", "--json"], { REDIS_URL: started.precis.redis.url });
    const { findings } = JSON.parse(stdout) as { findings: { check: string; ok: boolean; advice?: string }[] };
    expect(findings.find(({ check }) => check.startsWith("worker "))).toMatchObject({
      ok: false,
      advice: expect.stringMatching(/clock is \d+\.\d s (ahead of|behind) .* NTP/),
    });
    expect(findings.find(({ check }) => check === "clock")).toMatchObject({ ok: true });
  });
});

it.each([40_000, -40_000])("an API whose clock is wrong by %d ms does its work", async (shiftMs) => {
  const { precis, stop } = await startWith({ api: shiftMs });
  try {
    expect(await readWorkers(precis)).toHaveLength(1);
    await expectWork(precis);
  } finally {
    await stop();
  }
});

it.each([40_000, -40_000])("a doctor whose clock is wrong by %d ms says so, and sees the worker", async (shiftMs) => {
  const { precis, stop } = await startWith({});
  try {
    const env = { REDIS_URL: precis.redis.url, NODE_OPTIONS: `--import ${preload}?${shiftMs}` };
    const { stdout } = await runPrecis(["doctor", "--json"], env);
    const { findings } = JSON.parse(stdout) as { findings: { check: string; ok: boolean; found: string }[] };
    expect(findings.find(({ check }) => check === "clock")).toMatchObject({ ok: false });
    expect(findings.find(({ check }) => check.startsWith("worker "))).toMatchObject({ ok: true });
  } finally {
    await stop();
  }
});
