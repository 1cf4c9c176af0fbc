import { readFile } from "node:fs/promises";
import type { JobView } from "@precis/contracts";
import type { Precis } from "@precis/launcher";
import { afterEach, expect, it } from "vitest";
import { readJob, submitAccepted } from "./support/call-api.js";
import { startPoisonable } from "./support/start-poisonable.js";
import { waitForState } from "./support/wait-for-state.js";

const article = await readFile(new URL("../models/samples/article.txt", import.meta.url), "utf8");
let precis: Precis | undefined;
afterEach(async () => {
  await precis?.stop();
  precis = undefined;
});

/** Eight jobs at once, the fourth of which holds the word; how each of them ended. */
async function runEight(word: string): Promise<JobView[]> {
  const started = precis as Precis;
  const texts = Array.from({ length: 8 }, (_, n) => `Part ${n}. ${n === 3 ? word : ""} ${article}`);
  const accepted = await Promise.all(texts.map((text) => submitAccepted(started, { text, max_length: 60 })));
  return Promise.all(
    accepted.map(({ id }) =>
      waitForState(
        () => readJob(started, id, 30),
        ({ status }) => status !== "queued" && status !== "running",
        110_000,
      ),
    ),
  );
}

const expectOneToFail = (jobs: JobView[], code: string, message: string) => {
  const [guilty] = jobs.splice(3, 1);
  expect(guilty).toMatchObject({ status: "failed", attempts: 2, error: { code, message } });
  expect(jobs.map(({ status, attempts }) => `${status} ${attempts}`)).toEqual(jobs.map(() => "completed 1"));
};

it.each(["1", "2"])("a text that kills the model process fails alone among eight, on %s worker(s)", async (WORKERS) => {
  precis = await startPoisonable({ WORKERS, JOB_ATTEMPTS: "2", PRELOAD: "bart" });
  const message = "the bart model process ended by SIGKILL 2 times while it ran this job alone";
  expectOneToFail(await runEight("POISON-CRASH"), "model_process_died", message);
});

it("a text that kills the whole worker fails alone among eight", async () => {
  // Once with company and twice alone: then one of the four is left.
  precis = await startPoisonable({ WORKERS: "4", JOB_ATTEMPTS: "2", MODEL_THREADS: "1" });
  expectOneToFail(
    await runEight("POISON-WORKER"),
    "worker_died",
    "the worker died 2 times while it ran this job alone",
  );
});
