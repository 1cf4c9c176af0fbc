import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readWorkers, submit } from "./support/call-api.js";
import { runPrecis } from "./support/run-precis.js";
import { startPrecis } from "./support/start-precis.js";
import { waitForState } from "./support/wait-for-state.js";

const workerEntry = fileURLToPath(new URL("../apps/worker/dist/main.js", import.meta.url));
const preload = new URL("support/shift-clock.mjs", import.meta.url).href;
const text = "The library opened a reading room in the old station. Its shelves hold nine thousand books.";

describe.each([15_000, -15_000, 40_000, -40_000])("a worker whose clock is wrong by %d ms", (shiftMs) => {
  let precis: Precis;
  let log = "";
  let stopWorker = async () => {};

  beforeAll(async () => {
    precis = await startPrecis({ WORKERS: "0" });
    const env = { ...process.env, REDIS_URL: precis.redis.url, LOG_LEVEL: "warn" };
    const worker = fork(workerEntry, [], { env, execArgv: ["--import", `${preload}?${shiftMs}`], silent: true });
    worker.stdout?.on("data", (data) => (log += data));
    worker.stderr?.on("data", (data) => (log += data));
    const exited = new Promise((resolve) => worker.once("exit", resolve));
    stopWorker = async () => {
      worker.kill("SIGTERM");
      await exited;
    };
    await waitForState(
      () => fetch(`${precis.url}/ready`),
      ({ status }) => status === 200,
    );
  });
  afterAll(async () => {
    await stopWorker();
    await precis?.stop();
  });

  it("is listed as alive, with how wrong its clock is, and says so once", async () => {
    const [worker] = await readWorkers(precis);
    expect(worker?.status).toBe("running");
    expect(Math.abs((worker?.clock_skew_ms ?? 0) - shiftMs)).toBeLessThan(1_000);
    expect(Math.abs((worker?.at ?? 0) - Date.now())).toBeLessThan(10_000);
    expect(log.match(/the clock of this machine/g)).toHaveLength(1);
  });

  it("does jobs with a deadline, and tells the right times of them", async () => {
    const deadline = { text, model: "t5", max_length: 12, deadline: 10 };
    const answer = await submit(precis, deadline as never, 30);
    expect(answer.status).toBe(200);
    const { timings } = (await answer.json()) as { timings: Record<string, string> };
    for (const field of ["created_at", "started_at", "finished_at"]) {
      expect(Math.abs(Date.parse(timings[field] ?? "") - Date.now())).toBeLessThan(10_000);
    }
  });

  it("obeys commands", async () => {
    const answer = await fetch(`${precis.url}/memory/unload`, { method: "POST" });
    expect(await answer.json()).toMatchObject({ status: "ok" });
  });

  it("is named by the doctor", async () => {
    const { stdout } = await runPrecis(["doctor", "--json"], { REDIS_URL: precis.redis.url });
    const { findings } = JSON.parse(stdout) as { findings: { check: string; ok: boolean; advice?: string }[] };
    expect(findings.find(({ check }) => check.startsWith("worker "))).toMatchObject({
      ok: false,
      advice: expect.stringMatching(/clock is \d+\.\d s (ahead of|behind) .* NTP/),
    });
    expect(findings.find(({ check }) => check === "clock")).toMatchObject({ ok: true });
  });
});
