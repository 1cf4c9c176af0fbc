import { createClient } from "@precis/client";
import { commandLineSchema, commandResultSchema, type JobAccepted } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readJob, submit } from "../support/call-api.js";
import { startPrecis } from "../support/start-precis.js";
import { waitForState } from "../support/wait-for-state.js";

let precis: Precis;

beforeAll(async () => {
  precis = await startPrecis();
});
afterAll(() => precis?.stop());

const command = async (action: "pause" | "resume") => {
  const response = await fetch(`${precis.url}/workers/${action}`, { method: "POST" });
  return commandResultSchema.parse(await response.json());
};

it("a paused worker claims no job, not even the one it was waiting for, until it is resumed", async () => {
  expect(await command("pause")).toMatchObject({
    status: "ok",
    message: "1 of 1 worker paused",
    workers: [{ outcome: "done" }],
  });
  const text = "The library opened a reading room in the old station. It has forty seats. ".repeat(4);
  const { id } = (await (await submit(precis, { text, model: "t5" })).json()) as JobAccepted;
  // Long enough for a worker that was asleep to wake up for it.
  expect(await readJob(precis, id, 2)).toMatchObject({ status: "queued" });
  expect(await command("resume")).toMatchObject({ status: "ok" });
  expect(await readJob(precis, id, 60)).toMatchObject({ status: "completed", attempts: 1 });
});

it("with application/x-ndjson each worker is a line as it answers, the whole result is the last", async () => {
  const response = await fetch(`${precis.url}/workers/drain`, {
    method: "POST",
    headers: { accept: "application/x-ndjson" },
  });
  const lines = (await response.text()).trim().split("\n");
  const values = lines.map((line) => commandLineSchema.parse(JSON.parse(line)));
  expect(values.map((value) => Object.keys(value))).toEqual([["worker"], ["result"]]);
  const { worker, result } = Object.assign({}, ...values);
  expect(result).toMatchObject({ status: "ok", message: "1 of 1 worker drained", workers: [worker] });
  expect(worker.models).toContainEqual(expect.objectContaining({ model: "t5", outcome: "done" }));
  expect(worker.freed).toBeGreaterThan(20e6);
});

it("one worker is addressed by its id, and stays drained until it is resumed", async () => {
  const client = createClient({ url: precis.url });
  const status = async () => (await client.memory()).workers[0]?.status;
  const id = (await client.memory()).workers[0]?.id ?? "";
  expect(await status()).toBe("paused");
  const resumed = await fetch(`${precis.url}/workers/${id}/resume`, { method: "POST" });
  expect(await resumed.json()).toMatchObject({ status: "ok", workers: [{ id, outcome: "done" }], unknown_workers: [] });
  await waitForState(status, (now) => now === "running");
  const seen: string[] = [];
  const paused = await client.pause({ workers: [id, "nobody"] }, { onWorker: (worker) => seen.push(worker.id) });
  expect(paused).toMatchObject({ status: "partial", unknown_workers: ["nobody"] });
  expect(seen).toEqual([id]);
  expect(await client.resume()).toMatchObject({ status: "ok" });
});
