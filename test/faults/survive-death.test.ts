import { readFile } from "node:fs/promises";
import type { JobAccepted } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readJob, readWorkers, submit } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
/** Long enough that it is still running when it is interrupted. */
const long = Array.from({ length: 30 }, (_, part) => `Part ${part}. ${article}`).join("\n\n");
let precis: Precis;

beforeAll(async () => {
  precis = await startPrecis({ WORKERS: "2" });
});
afterAll(() => precis.stop());

async function startLongJob(): Promise<string> {
  const { id } = (await (await submit(precis, { text: long, max_length: 30 })).json()) as JobAccepted;
  await waitForState(
    () => readJob(precis, id),
    ({ progress }) => (progress?.chunks_done ?? 0) > 0,
  );
  return id;
}

const busyWorker = async () =>
  waitForState(
    async () => (await readWorkers(precis)).find(({ models }) => models.some(({ in_flight }) => in_flight > 0)),
    (worker) => worker !== undefined,
  );

it("a job survives the death of its model process, and the worker lives on", async () => {
  const id = await startLongJob();
  const worker = await busyWorker();
  process.kill(worker?.models.find(({ in_flight }) => in_flight > 0)?.pid as number, "SIGKILL");
  const job = await waitForState(
    () => readJob(precis, id, 30),
    ({ status }) => status === "completed",
  );
  expect(job.attempts).toBe(2);
  expect(() => process.kill(worker?.pid as number, 0)).not.toThrow();
});

it("a job survives the death of its worker, which comes back: another takes it", async () => {
  const id = await startLongJob();
  const worker = await busyWorker();
  process.kill(worker?.pid as number, "SIGKILL");
  const job = await waitForState(
    () => readJob(precis, id, 30),
    ({ status }) => status === "completed",
    90_000,
  );
  expect(job.summary).toBeTruthy();
  // The dead worker leaves the list by itself, and its successor joins it.
  await waitForState(
    () => readWorkers(precis),
    (workers) => workers.length === 2 && workers.every(({ id: other }) => other !== worker?.id),
  );
});
