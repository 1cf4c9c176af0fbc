import { readFile } from "node:fs/promises";
import type { JobView } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { readJob, readWorkers } from "../support/call-api.js";
import { startPoisonable } from "../support/start-poisonable.js";
import { type Receiver, startReceiver } from "../support/start-receiver.js";
import { waitForState } from "../support/wait-for-state.js";

const article = await readFile(new URL("../../models/samples/article.txt", import.meta.url), "utf8");
const guilty = 3;
let precis: Precis | undefined;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver((_, response) => response.end());
});
afterEach(async () => {
  await precis?.stop();
  precis = undefined;
});
afterAll(() => receiver.stop());

/** A batch of eight, one of which holds the word and has a webhook; how its jobs ended. */
async function runEight(word: string): Promise<JobView[]> {
  const started = precis as Precis;
  const items = Array.from({ length: 8 }, (_, n) => {
    const text = `Part ${n}. ${n === guilty ? word : ""} ${article}`;
    const webhook = n === guilty ? { webhook: { url: `${receiver.url}/${word}` } } : {};
    return { text, max_length: 60, ...webhook };
  });
  const answer = await waitForState(
    () =>
      fetch(`${started.url}/api/v1/batches`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": word },
        body: JSON.stringify({ items }),
      }),
    ({ status }) => status !== 503,
  );
  const { jobs } = (await answer.json()) as { jobs: { id: string }[] };
  return Promise.all(
    jobs.map(({ id }) =>
      waitForState(
        () => readJob(started, id, 30),
        ({ status }) => status !== "queued" && status !== "running",
        110_000,
      ),
    ),
  );
}

async function expectOneToFail(word: string, code: string, message: string): Promise<void> {
  const error = { code, message };
  const jobs = await runEight(word);
  const [failed] = jobs.splice(guilty, 1);
  expect(failed).toMatchObject({ status: "failed", attempts: 2, error });
  expect(jobs.map(({ status, attempts }) => `${status} ${attempts}`)).toEqual(jobs.map(() => "completed 1"));
  const batch = await fetch(`${precis?.url}/api/v1/batches/${failed?.batch}`);
  expect(await batch.json()).toMatchObject({ status: "failed", counts: { completed: 7, failed: 1 } });
  const calls = () => receiver.calls.filter(({ body }) => body.includes(failed?.id ?? "?"));
  await waitForState(
    async () => calls(),
    ({ length }) => length > 0,
  );
  expect(calls()).toHaveLength(1);
  expect(JSON.parse(calls()[0]?.body ?? "")).toMatchObject({ type: "summary.failed", data: { error, attempts: 2 } });
}

const settings = { JOB_ATTEMPTS: "2", WEBHOOK_ALLOW_NETWORKS: "127.0.0.1/32" };

it.each(["1", "2"])("a text that kills the model process fails alone among eight, on %s worker(s)", async (WORKERS) => {
  precis = await startPoisonable({ ...settings, WORKERS, PRELOAD: "bart" });
  const message = "the bart model process ended by SIGKILL 2 times while it ran this job alone";
  await expectOneToFail("POISON-CRASH", "model_process_died", message);
});

it("a text that kills the whole worker fails alone among eight", async () => {
  // Once with company and twice alone: then one of the four is left.
  precis = await startPoisonable({ ...settings, WORKERS: "4", MODEL_THREADS: "1" });
  const message = "the worker died 2 times while it ran this job alone";
  await expectOneToFail("POISON-WORKER", "worker_died", message);
});

it("a model process that anybody kills three times fails none of the eight jobs inside", async () => {
  const started = await startPoisonable({ ...settings, JOB_ATTEMPTS: "3" });
  precis = started;
  const jobs = runEight("innocent");
  const killed = new Set<number>();
  while (killed.size < 3) {
    const pid = await waitForState(
      async () => {
        const models = (await readWorkers(started)).flatMap((worker) => worker.models);
        return models.find((model) => model.in_flight > 0)?.pid;
      },
      (known) => known !== undefined && !killed.has(known),
    );
    killed.add(pid as number);
    process.kill(pid as number, "SIGKILL");
  }
  expect((await jobs).map(({ status }) => status)).toEqual(Array(8).fill("completed"));
});
