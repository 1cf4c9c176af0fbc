import type { JobAccepted } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readJob, submit } from "./support/call-api.js";
import { startPrecis } from "./support/start-precis.js";

let precis: Precis;

beforeAll(async () => {
  precis = await startPrecis();
});
afterAll(() => precis?.stop());

const command = async (action: string) => {
  const response = await fetch(`${precis.url}/admin/fleet/commands`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ action }),
  });
  return (await response.json()) as { status: string; workers: unknown[] };
};

it("a paused worker takes no job, not even the one it was waiting for, and goes on when told to", async () => {
  expect(await command("pause")).toMatchObject({ status: "ok", workers: [{ outcome: "done" }] });
  const text = "The library opened a reading room in the old station. It has forty seats. ".repeat(4);
  const { id } = (await (await submit(precis, { text, model: "t5" })).json()) as JobAccepted;
  // Long enough for a worker that was asleep to wake up for it.
  expect(await readJob(precis, id, 2)).toMatchObject({ status: "queued" });
  expect(await command("resume")).toMatchObject({ status: "ok" });
  expect(await readJob(precis, id, 60)).toMatchObject({ status: "completed", attempts: 1 });
});

it("each worker's answer is told as it comes, the whole answer last", async () => {
  const response = await fetch(`${precis.url}/admin/fleet/commands`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/x-ndjson" },
    body: JSON.stringify({ action: "drain" }),
  });
  const lines = (await response.text()).trim().split("\n");
  expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual([["worker"], ["answer"]]);
  const [{ worker }, { answer }] = lines.map((line) => JSON.parse(line));
  expect(answer).toMatchObject({ status: "ok", workers: [worker] });
  expect(worker.models).toContainEqual(expect.objectContaining({ model: "t5", outcome: "done" }));
  expect(worker.freed).toBeGreaterThan(20e6);
});
