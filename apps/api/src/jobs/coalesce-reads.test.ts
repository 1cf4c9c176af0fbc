import type { JobRecord } from "@precis/queue";
import { expect, it } from "vitest";
import { shareLook } from "./share-look.js";

it("those who ask in the same moment share one look, which is younger than all their questions", async () => {
  let reads = 0;
  const job: JobRecord = {
    id: "job_1",
    status: "queued",
    data: { version: 1, model: "t5", resultTtlSeconds: 1, textBytes: 1 },
    createdAt: 0,
    attempts: 0,
  };
  const look = shareLook(async (id) => {
    reads += 1;
    return id === "job_1" ? { ...job, attempts: reads } : undefined;
  });
  const answers = await Promise.all([look("job_1"), look("job_1"), look("job_2")]);
  expect(answers.map((answer) => answer?.attempts)).toEqual([1, 1, undefined]);
  expect(reads).toBe(2);
  expect((await look("job_1"))?.attempts).toBe(3);
});
