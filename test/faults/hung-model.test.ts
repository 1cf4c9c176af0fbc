import { readFile } from "node:fs/promises";
import type { CommandResult, MemoryHistory } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readJob, readWorkers, submitAccepted } from "../support/call-api.js";
import { parseMetrics } from "../support/parse-metrics.js";
import { runPrecis } from "../support/run-precis.js";
import { startPoisonable } from "../support/start-poisonable.js";
import { waitForState } from "../support/wait-for-state.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
/** Long enough that it is still running when its process is stopped. */
const long = Array.from({ length: 30 }, (_, part) => `Part ${part}. ${article}`).join("\n\n");
let precis: Precis;

beforeAll(async () => {
  precis = await startPoisonable({ MODEL_HANG_TIMEOUT: "8s", JOB_ATTEMPTS: "2" });
});
afterAll(() => precis.stop());

const submitLong = async () => (await submitAccepted(precis, { text: long, max_length: 30 })).id;
const readBart = async () => (await readWorkers(precis))[0]?.models.find(({ model }) => model === "bart");
const fetchReady = async () => (await (await fetch(`${precis.url}/ready`)).json()) as { status: string };

/** Stops the process of the model, once the job runs in it, as far as one is given. */
async function stopProcess(id?: string): Promise<number> {
  if (id !== undefined) {
    await waitForState(
      () => readJob(precis, id),
      ({ progress }) => (progress?.tokens ?? 0) > 0,
    );
  }
  const pid = await waitForState(
    async () => (await readBart())?.pid,
    (known) => known !== undefined,
  );
  process.kill(pid as number, "SIGSTOP");
  return pid as number;
}

const waitForDeath = (pid: number) =>
  waitForState(
    async () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    },
    (isAlive) => !isAlive,
  );

it("a model process that is stopped is reported, replaced, and its job completes at the second attempt", async () => {
  const id = await submitLong();
  const pid = await stopProcess(id);
  const [, ready] = await Promise.all([
    waitForState(readBart, (model) => model?.responding === false),
    waitForState(fetchReady, ({ status }) => status !== "ready"),
  ]);
  expect(ready).toMatchObject({ status: "not-responding", workers: 1, not_responding: 1 });

  await waitForDeath(pid);
  const doctor = await runPrecis(["doctor", "--json"], { REDIS_URL: precis.redis.url, PRECIS_URL: precis.url });
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toContain("the bart model process did not respond");
  const job = await waitForState(
    () => readJob(precis, id, 30),
    ({ status }) => status === "completed",
  );
  expect(job.attempts).toBe(2);
  expect(await fetchReady()).toMatchObject({ status: "ready" });
  const history = (await (await fetch(`${precis.url}/memory/history`)).json()) as MemoryHistory;
  const [hang] = history.events.filter(({ kind }) => kind === "hang");
  expect(hang).toMatchObject({
    model: "bart",
    reason: expect.stringMatching(/did not respond .* did not use the CPU/),
  });
  await waitForState(
    async () => parseMetrics(await (await fetch(`${precis.url}/metrics`)).text()),
    (samples) => samples.some(({ name, value }) => name === "precis_model_hangs_total" && value === 1),
  );
});

it("an idle model process that is stopped is replaced before a job needs it", async () => {
  await waitForState(readBart, (model) => model?.state === "ready");
  await waitForDeath(await stopProcess());
  const { id } = await submitAccepted(precis, { text: article, max_length: 20 });
  expect(await readJob(precis, id, 60)).toMatchObject({ status: "completed", attempts: 1 });
});

it("a job in a stopped process is cancelled at once, and the process is gone when an unload is told", async () => {
  const id = await submitLong();
  const pid = await stopProcess(id);
  const answer = await fetch(`${precis.url}/api/v1/jobs/${id}/cancel`, { method: "POST" });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ status: "cancelled" });
  expect(process.kill(pid, 0)).toBe(true);
  const unload = await fetch(`${precis.url}/memory/unload`, { method: "POST" });
  expect((await unload.json()) as CommandResult).toMatchObject({ status: "ok" });
  expect(() => process.kill(pid, 0)).toThrow();
});

it("a text whose every attempt hangs fails with the reason", async () => {
  const { id } = await submitAccepted(precis, { text: `POISON-HANG ${long}`, max_length: 20 });
  const job = await waitForState(
    () => readJob(precis, id, 30),
    ({ status }) => status !== "queued" && status !== "running",
  );
  expect(job).toMatchObject({
    status: "failed",
    attempts: 2,
    error: {
      code: "model_process_died",
      message: "the bart model process did not respond and was killed 2 times while it ran this job alone",
    },
  });
});
